/** How fast something goes on: over the last seconds, so that it follows what the line does. Pure. */

const WINDOW_MS = 10_000;
const LEAST_MS = 1500;

export class Pace {
  private readonly points: { atMs: number; bytes: number }[] = [];

  /** `bytes` of all were sent by now. */
  add(atMs: number, bytes: number): void {
    const last = this.points.at(-1);
    if (last && bytes < last.bytes) this.points.length = 0; // a part is sent again
    this.points.push({ atMs, bytes });
    while ((this.points[1]?.atMs ?? atMs) <= atMs - WINDOW_MS) this.points.shift();
  }

  forget(): void {
    this.points.length = 0;
  }

  /** Bytes a second; null while it is too early to tell. */
  perS(): number | null {
    const [first, last] = [this.points[0], this.points.at(-1)];
    if (!first || !last || last.atMs - first.atMs < LEAST_MS) return null;
    return ((last.bytes - first.bytes) * 1000) / (last.atMs - first.atMs);
  }
}
