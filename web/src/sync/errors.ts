/** What is on screen against the clock, from noisy readings. Pure: no clock. */

interface Reading {
  atMs: number;
  errorMs: number;
}

const SPAN_MS = 700;
const FEWEST = 3;

/** The median of the last readings, each carried on to now by the rate that has been set since. */
export class Errors {
  private readings: Reading[] = [];

  take(atMs: number, errorMs: number): void {
    this.readings = this.readings.filter((one) => one.atMs > atMs - SPAN_MS && one.atMs <= atMs);
    this.readings.push({ atMs, errorMs });
  }

  /** After a seek, or when the clock was found to be another. */
  forget(): void {
    this.readings = [];
  }

  /** The playback rate changes from `before` to `after` at an instant: readings are kept as if it always had. */
  turn(atMs: number, before: number, after: number): void {
    for (const one of this.readings) one.errorMs += (before - after) * (atMs - one.atMs);
  }

  /** The error now, ms, if the rate is `rate`; null with less than a few readings in the last second. */
  now(atMs: number, rate: number): number | null {
    const recent = this.readings.filter((one) => one.atMs > atMs - SPAN_MS * 1.5);
    if (recent.length < FEWEST) return null;
    const values = recent.map((one) => one.errorMs + (rate - 1) * (atMs - one.atMs)).sort((a, b) => a - b);
    const middle = values.length >> 1;
    const [upper, lower] = [values[middle] ?? 0, values[(values.length - 1) >> 1] ?? 0];
    return (upper + lower) / 2;
  }
}
