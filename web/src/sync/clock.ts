/** The server's clock, from probes of `/time`. Pure: no clock, no network. */

/** One question and its answer: when it was sent and answered by this device's clock (ms, monotonic), and what it said. */
export interface Probe {
  sentMs: number;
  gotMs: number;
  /** Unix ms, rounded down to whole ones. */
  serverMs: number;
}

/** The server's clock as it is known at an instant. */
export interface Estimate {
  /** Server minus device, ms. */
  offsetMs: number;
  /** The offset is right within this, ms. */
  uncertaintyMs: number;
  /** How much faster the device goes than the server, parts per million; null until it is known. */
  driftPpm: number | null;
  /** The best one that counts, ms. */
  roundTripMs: number;
}

interface Sample {
  atMs: number;
  offsetMs: number;
  /** The offset was within this of `offsetMs`: the server read its clock between question and answer. */
  halfMs: number;
}

const WINDOW_MS = 600_000;
const MOST_SAMPLES = 60;
const WANDER_PPM = 50; // crystals are rarely worse
const WANDER_KNOWN_PPM = 5; // what is left when the drift is known: temperature
const MOST_DRIFT_PPM = 500;
const DRIFT_SPAN_MS = 90_000;
const STEP_SLACK_MS = 2;
const MS_PER_PPM = 1e-6;

/**
 * The probe with the smallest round trip says most. Each says for certain within what bounds the offset was, so one
 * that contradicts what is known is news of a clock that was set, or of a device that slept: when the next agrees with
 * it, all before is forgotten.
 */
export class ServerClock {
  private samples: Sample[] = [];
  private contradiction: Sample | null = null;
  private trusted = true;
  private driftPpm: number | null = null;

  take(probe: Probe): void {
    const trip = probe.gotMs - probe.sentMs;
    if (!(trip >= 0) || !Number.isFinite(probe.serverMs)) return;
    const atMs = (probe.sentMs + probe.gotMs) / 2;
    const sample = { atMs, offsetMs: probe.serverMs + 0.5 - atMs, halfMs: (trip + 1) / 2 };
    const known = this.estimate(atMs);
    if (!this.trusted || known === null) this.restart([sample]);
    else if (agree(sample, { atMs, offsetMs: known.offsetMs, halfMs: known.uncertaintyMs })) this.add(sample);
    else if (this.contradiction !== null && agree(sample, this.contradiction))
      this.restart([this.contradiction, sample]);
    else this.contradiction = sample;
  }

  /** The device may have slept, or its clock was set: the next probe counts alone. */
  distrust(): void {
    this.trusted = false;
  }

  /** Whether one probe more is wanted soon, as the last contradicts what is known. */
  get doubtful(): boolean {
    return !this.trusted || this.contradiction !== null;
  }

  /** What is known, for an instant of the device's clock; null before the first probe. */
  estimate(atMs: number): Estimate | null {
    const wander = (this.driftPpm === null ? WANDER_PPM : WANDER_KNOWN_PPM) * MS_PER_PPM;
    const slope = (this.driftPpm ?? 0) * MS_PER_PPM;
    const now = this.samples.map(({ atMs: then, offsetMs, halfMs }) => ({
      offsetMs: offsetMs - slope * (atMs - then),
      halfMs: halfMs + wander * Math.abs(atMs - then),
    }));
    const best = now.reduce((least, { halfMs }) => Math.min(least, halfMs), Number.POSITIVE_INFINITY);
    if (best === Number.POSITIVE_INFINITY) return null;
    // Some that are nearly as good: their mean is finer than the whole milliseconds of each.
    const good = now.filter(({ halfMs }) => halfMs <= best * 1.25 + 0.25);
    return {
      offsetMs: good.reduce((sum, { offsetMs }) => sum + offsetMs, 0) / good.length,
      uncertaintyMs: best,
      driftPpm: this.driftPpm,
      roundTripMs: Math.max(0, 2 * Math.min(...this.samples.map(({ halfMs }) => halfMs)) - 1),
    };
  }

  private add(sample: Sample): void {
    this.contradiction = null;
    this.samples = this.samples.filter(({ atMs }) => atMs > sample.atMs - WINDOW_MS).slice(1 - MOST_SAMPLES);
    this.samples.push(sample);
    this.driftPpm = drift(this.samples);
  }

  private restart(samples: Sample[]): void {
    this.samples = samples;
    this.contradiction = null;
    this.trusted = true;
    this.driftPpm = null;
  }
}

function agree(one: Sample, other: Sample): boolean {
  const wander = WANDER_PPM * MS_PER_PPM * Math.abs(one.atMs - other.atMs);
  return Math.abs(one.offsetMs - other.offsetMs) <= one.halfMs + other.halfMs + wander + STEP_SLACK_MS;
}

/** By how much the offset falls, of the samples with short round trips; null when they are too close together. */
function drift(samples: readonly Sample[]): number | null {
  const best = Math.min(...samples.map(({ halfMs }) => halfMs));
  const good = samples.filter(({ halfMs }) => halfMs <= best * 1.25 + 1);
  const [first, last] = [good[0], good.at(-1)];
  if (first === undefined || last === undefined || last.atMs - first.atMs < DRIFT_SPAN_MS || good.length < 5)
    return null;
  const meanAt = good.reduce((sum, { atMs }) => sum + atMs, 0) / good.length;
  const meanOffset = good.reduce((sum, { offsetMs }) => sum + offsetMs, 0) / good.length;
  const spread = good.reduce((sum, { atMs }) => sum + (atMs - meanAt) ** 2, 0);
  const slope = good.reduce((sum, one) => sum + (one.atMs - meanAt) * (one.offsetMs - meanOffset), 0) / spread;
  const ppm = -slope / MS_PER_PPM;
  return Math.abs(ppm) > MOST_DRIFT_PPM ? null : ppm;
}

const FIRST_PROBES_MS = [0, 60, 150, 300, 1000, 3000, 5000, 10_000];
const STEADY_MS = 30_000;

/** How long after one probe the next is due: soon at first and in doubt, then twice a minute. `luck` is in [0, 1). */
export function probeDelayMs(probesBefore: number, luck: number): number {
  const first = FIRST_PROBES_MS[probesBefore];
  return first ?? STEADY_MS * (0.75 + 0.5 * luck);
}
