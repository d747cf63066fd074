/** What a player tells about itself, in batches; kept for a while when nobody takes it. */
import type { Audience } from "./types";

/** One thing that happened: docs/analytics.md has the fields of each type. */
export interface Told {
  type: "beat" | "start" | "stall" | "error" | "end" | "level";
  [field: string]: string | number | boolean | null;
}

const BEATS = 3; // in a POST: the most of what a beacon costs a server is the POST
const MOST_WAITING = 60;
const MOST_AT_ONCE = 20;

export class Beacon {
  private readonly session = hex(8);
  private waiting: (Told & { t: number })[] = [];
  private timer: ReturnType<typeof setTimeout>;
  private readonly ended = new AbortController();
  // Where in its turns a player begins is luck, so that those who came together do not tell together.
  private turns = Math.floor(BEATS * Math.random());
  private owes = false;
  private hurried = false;
  private left = false;

  /** `beat` gives what is noted some times in each `audience.everyS`; null when there is nothing to note. */
  constructor(
    private readonly url: string,
    private readonly audience: Audience,
    private readonly nowMs: () => number,
    private readonly beat: () => Told | null,
  ) {
    this.timer = this.next(Math.random());
    const { signal } = this.ended;
    // The last that a page is told of on every browser; pagehide is not enough on phones.
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && this.flush(), {
      signal,
    });
    window.addEventListener("pagehide", () => this.leave(), { signal });
  }

  /** Tell it with the next batch; who begins, and what breaks, is told at once. */
  tell(told: Told): void {
    this.left = false;
    this.waiting.push({ t: Math.round(this.nowMs()), ...told });
    // The oldest are worth least.
    this.waiting = this.waiting.slice(-MOST_WAITING);
    if (told.type !== "start" && !(told.type === "error" && told.fatal === true)) return;
    this.owes = this.hurried; // not more often than there are turns, whatever breaks
    if (this.hurried) return;
    this.hurried = true;
    void this.send();
  }

  destroy(): void {
    this.leave();
    clearTimeout(this.timer);
    this.ended.abort();
  }

  /** The next turn, after some part of the time between two. Never later than that: who is late is not there. */
  private next(part: number): ReturnType<typeof setTimeout> {
    return setTimeout(() => this.turn(), (this.audience.everyS / BEATS) * 1000 * part);
  }

  private turn(): void {
    this.timer = this.next(0.9 + 0.1 * Math.random());
    const beat = this.beat();
    if (beat !== null) this.tell(beat);
    this.hurried = false;
    this.turns = (this.turns + 1) % BEATS;
    if (this.turns !== 0 && !this.owes) return;
    this.owes = false;
    if (this.waiting.length > 0) void this.send();
  }

  private async send(): Promise<void> {
    const batch = this.waiting.splice(0, MOST_AT_ONCE);
    try {
      const response = await fetch(this.url, {
        method: "POST",
        body: this.body(batch), // a string is text/plain, which asks no other origin for leave first
        credentials: "omit",
        keepalive: true,
        signal: AbortSignal.timeout(5000),
      });
      // What is no beacon will not become one.
      if (response.status >= 500) throw new Error(`${response.status}`);
      this.owes ||= this.waiting.length >= MOST_AT_ONCE;
    } catch {
      this.waiting = [...batch, ...this.waiting].slice(-MOST_WAITING);
      this.owes = true; // with the next turn
    }
  }

  /** Nobody watches here any more; a page that comes back begins to tell again. */
  private leave(): void {
    if (!this.left) this.tell({ type: "end" });
    this.left = true;
    this.flush();
  }

  private flush(): void {
    const batch = this.waiting.splice(0);
    for (let from = 0; from < batch.length; from += MOST_AT_ONCE)
      navigator.sendBeacon(this.url, this.body(batch.slice(from, from + MOST_AT_ONCE)));
  }

  private body(events: readonly Told[]): string {
    const { viewer, channel } = this.audience;
    return JSON.stringify({ v: 1, viewer, session: this.session, channel, events });
  }
}

function hex(bytes: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
}
