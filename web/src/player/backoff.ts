/** How long to wait before asking again. Pure: luck is an argument. */

const FIRST_MS = 500;
const MOST_MS = 15_000;

/** Doubles from half a second to 15 s; half of each wait is luck, so that an audience does not come back as one. */
export class Backoff {
  private tries = 0;

  next(luck: number, retryAfterS: number | null = null): number {
    const most = Math.min(MOST_MS, FIRST_MS * 2 ** this.tries);
    this.tries += 1;
    return Math.max(most * (0.5 + 0.5 * luck), retryAfterS === null ? 0 : retryAfterS * 1000 * (1 + 0.2 * luck));
  }

  reset(): void {
    this.tries = 0;
  }
}

/** Allows something so often in a span of time. */
export class Allowance {
  private times: number[] = [];

  constructor(
    private readonly most: number,
    private readonly spanMs: number,
  ) {}

  take(atMs: number): boolean {
    this.times = this.times.filter((time) => time > atMs - this.spanMs);
    if (this.times.length >= this.most) return false;
    this.times.push(atMs);
    return true;
  }
}
