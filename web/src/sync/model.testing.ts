/** A player, a network and clocks as bad as they come, to hold the sync loop to. Deterministic. */
import { type Probe, probeDelayMs, ServerClock } from "./clock";
import { Controller } from "./controller";
import { Errors } from "./errors";

export interface World {
  seed: number;
  /** At the beginning. */
  errorMs: number;
  fps: number;
  /** How much faster the device's clock goes than the server's, and the sound card than the device's clock. */
  clockPpm: number;
  soundPpm: number;
  /** Round trip: the least, how much more at random, and the share of it that is on the way there. */
  tripMs: number;
  tripJitterMs: number;
  wayThere: number;
  /** How late a new rate is heard, and in what steps the player takes it. */
  rateLatencyMs: number;
  rateQuantum: number;
  /** What a frame's due time and the time it is shown are wrong by, either way. */
  jitterMs: number;
  /** How long a seek takes: until then nothing moves. */
  seekMs: number;
  /** The most that is buffered. */
  lookaheadMs: number;
  /** What happens, in true time. */
  events: readonly Happening[];
  durationMs: number;
}

export type Happening =
  | { atMs: number; kind: "decode stall"; forMs: number }
  | { atMs: number; kind: "network cut"; forMs: number }
  | { atMs: number; kind: "sleep"; forMs: number; clockStops: boolean }
  | { atMs: number; kind: "server clock set"; byMs: number };

export interface Moment {
  atMs: number;
  /** The truth. */
  errorMs: number;
  rate: number;
  /** What the loop thought it to be. */
  readMs: number | null;
}

export interface Outcome {
  trace: Moment[];
  seeks: { atMs: number; errorMs: number; moving: boolean }[];
  rateChanges: number;
}

export const FINE: World = {
  seed: 1,
  errorMs: -400,
  fps: 25,
  clockPpm: 0,
  soundPpm: 0,
  tripMs: 2,
  tripJitterMs: 1,
  wayThere: 0.5,
  rateLatencyMs: 80,
  rateQuantum: 0,
  jitterMs: 4,
  seekMs: 250,
  lookaheadMs: 14_000,
  events: [],
  durationMs: 60_000,
};

const TICK_MS = 1000 / 60;
const STEP_MS = 250;
const EPOCH_MS = 1_764_000_000_000;

/** Live for `durationMs`, a screen's refresh at a time. */
export function live(world: World): Outcome {
  const life = new Life(world);
  for (let atMs = 0; atMs < world.durationMs; atMs += TICK_MS) life.tick(atMs);
  return life.outcome;
}

class Life {
  readonly outcome: Outcome = { trace: [], seeks: [], rateChanges: 0 };
  private readonly clock = new ServerClock();
  private readonly errors = new Errors();
  private readonly controller = new Controller();
  private readonly random: () => number;
  /** The programme on screen minus the truth, and what else is true. */
  private errorMs: number;
  private rate = 1;
  private heardRate = 1;
  private rateHeardAtMs = 0;
  private seekingUntilMs = 0;
  private bufferedErrorMs: number; // where the buffer ends, minus the truth
  private frame = -1;
  private serverAheadMs = 0;
  private sleptMs = 0;
  private asleep = false;
  private held = false;
  private dry = false;
  private nextStepMs = STEP_MS;
  private nextProbeMs = 0;
  private probes = 0;
  private read: number | null = null;

  constructor(private readonly world: World) {
    this.random = mulberry(world.seed);
    this.errorMs = world.errorMs;
    this.bufferedErrorMs = world.lookaheadMs;
  }

  tick(atMs: number): void {
    const slept = this.during(atMs, "sleep");
    if (slept !== null) {
      if (slept.clockStops) this.sleptMs += TICK_MS;
      this.errorMs -= TICK_MS;
      this.bufferedErrorMs -= TICK_MS;
      this.asleep = true;
      return;
    }
    if (this.asleep) this.wake(atMs);
    for (const one of this.world.events)
      if (one.kind === "server clock set" && atMs >= one.atMs && atMs - TICK_MS < one.atMs) this.setServer(one.byMs);
    this.play(atMs);
    if (atMs >= this.nextProbeMs) this.probe(atMs);
    if (atMs >= this.nextStepMs) this.step(atMs);
    this.outcome.trace.push({ atMs, errorMs: this.errorMs, rate: this.rate, readMs: this.read });
  }

  private setServer(byMs: number): void {
    this.serverAheadMs += byMs;
    this.errorMs -= byMs;
    this.bufferedErrorMs -= byMs;
  }

  private wake(atMs: number): void {
    this.asleep = false;
    this.clock.distrust();
    this.errors.forget();
    this.nextProbeMs = atMs;
    this.nextStepMs = atMs + STEP_MS;
    this.probes = 0;
  }

  private play(atMs: number): void {
    const { world } = this;
    const cut = this.during(atMs, "network cut") !== null;
    if (cut) this.bufferedErrorMs -= TICK_MS;
    else this.bufferedErrorMs = world.lookaheadMs;
    // Players that ran dry wait for more than a frame.
    this.dry = this.bufferedErrorMs - this.errorMs < (this.dry ? 100 : 1);
    if (atMs >= this.rateHeardAtMs) this.heardRate = this.quantised(this.rate);
    const moves = this.moves(atMs);
    this.errorMs += TICK_MS * ((moves ? this.heardRate * (1 + world.soundPpm * 1e-6) : 0) - 1);
    const frame = Math.floor(((atMs + this.serverAheadMs + this.errorMs) * world.fps) / 1000);
    if (frame === this.frame || !moves) return;
    this.frame = frame;
    if (this.random() < 0.1) return; // a callback that came too late
    const offset = this.clock.estimate(this.device(atMs))?.offsetMs;
    if (offset === undefined) return;
    const due = EPOCH_MS + (frame * 1000) / world.fps;
    const noise = world.jitterMs * (2 * this.random() - 1);
    this.errors.take(this.device(atMs), due - (this.device(atMs) + offset) + noise);
  }

  private moves(atMs: number): boolean {
    const stalled = this.dry || this.during(atMs, "decode stall") !== null;
    return atMs >= this.seekingUntilMs && !stalled && !this.held;
  }

  private step(atMs: number): void {
    this.nextStepMs = atMs + STEP_MS;
    const now = this.device(atMs);
    const estimate = this.clock.estimate(now);
    const moving = this.moves(atMs);
    this.held = false;
    if (estimate === null || atMs < this.seekingUntilMs) return;
    const standing = EPOCH_MS + atMs + this.serverAheadMs + this.errorMs - (now + estimate.offsetMs);
    this.read = moving ? this.errors.now(now, this.rate) : standing;
    const order = this.controller.step({
      atMs: now,
      errorMs: this.read,
      moving,
      aheadMs: this.bufferedErrorMs - this.errorMs,
      nowBuffered: this.bufferedErrorMs > 0,
    });
    this.held = order.hold; // the engine pauses
    if (order.seek) this.seek(atMs, moving);
    if (order.rate !== this.rate) this.turn(atMs, order.rate);
  }

  private turn(atMs: number, rate: number): void {
    this.errors.turn(this.device(atMs), this.rate, rate);
    this.rate = rate;
    this.rateHeardAtMs = atMs + this.world.rateLatencyMs;
    this.outcome.rateChanges += 1;
  }

  private seek(atMs: number, moving: boolean): void {
    this.outcome.seeks.push({ atMs, errorMs: this.errorMs, moving });
    this.errors.forget();
    // The engine holds the picture until it is due; by how much it misses is the start of the player.
    this.seekingUntilMs = atMs + this.world.seekMs;
    const offset = this.clock.estimate(this.device(atMs))?.offsetMs ?? 0;
    const thoughtMs = this.device(atMs) + offset - EPOCH_MS - this.serverAheadMs;
    this.errorMs = thoughtMs - atMs + this.world.seekMs + 60 * (this.random() - 0.5);
  }

  private probe(atMs: number): void {
    this.probes += 1;
    if (this.during(atMs, "network cut") === null) this.ask(atMs);
    this.nextProbeMs = atMs + (this.clock.doubtful ? 200 : probeDelayMs(this.probes, this.random()));
  }

  private ask(atMs: number): void {
    const { world } = this;
    const trip = world.tripMs + world.tripJitterMs * this.random() ** 4 * 10;
    const read = atMs + trip * world.wayThere;
    const probe: Probe = {
      sentMs: this.device(atMs),
      gotMs: this.device(atMs + trip),
      serverMs: Math.floor(EPOCH_MS + read + this.serverAheadMs),
    };
    this.clock.take(probe);
  }

  private device(atMs: number): number {
    return (atMs - this.sleptMs) * (1 + this.world.clockPpm * 1e-6);
  }

  private quantised(rate: number): number {
    const { rateQuantum } = this.world;
    return rateQuantum === 0 ? rate : Math.round(rate / rateQuantum) * rateQuantum;
  }

  private during<K extends "decode stall" | "network cut" | "sleep">(
    atMs: number,
    kind: K,
  ): Extract<Happening, { kind: K }> | null {
    for (const one of this.world.events)
      if (one.kind === kind && "forMs" in one && atMs >= one.atMs && atMs < one.atMs + one.forMs)
        return one as Extract<Happening, { kind: K }>;
    return null;
  }
}

/** A small generator of numbers in [0, 1) from a seed. */
export function mulberry(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
