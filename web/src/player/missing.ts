/** What is due is not in the playlist: that is old, or its server away. Pure: the time is an argument. */

const LONG_MS = 4000;

/**
 * - ask: whether the server answers is to be found out.
 * - wait: it may come by itself.
 * - away: the server does not answer, and nothing that is loaded anew would come; what is on screen stays.
 * - reload: the server answers, and yet it does not come.
 */
export type Advice = "ask" | "wait" | "away" | "reload";

export class Missing {
  private sinceMs: number | null = null;

  /** To be asked again and again while it is missing; `answeredMs` is when the server last answered anything. */
  advice(atMs: number, answeredMs: number): Advice {
    if (this.sinceMs === null) {
      this.sinceMs = atMs;
      return "ask";
    }
    if (atMs - this.sinceMs < LONG_MS) return "wait";
    if (answeredMs < this.sinceMs) return "away";
    this.sinceMs = null;
    return "reload";
  }

  /** It is there, or the server is back and has its time to tell of it. */
  over(): void {
    this.sinceMs = null;
  }
}
