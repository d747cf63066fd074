/** What a player tells about itself, in batches; kept for a while when nobody takes it. */
import type { Audience } from "./types";

/** One thing that happened: docs/analytics.md has the fields of each type. */
export interface Told {
  type: "beat" | "start" | "stall" | "error" | "end" | "level";
  [field: string]: string | number | boolean | null;
}

const MOST_WAITING = 60;
const MOST_AT_ONCE = 20;

export class Beacon {
  private readonly session = hex(8);
  private waiting: (Told & { t: number })[] = [];
  private readonly timer: ReturnType<typeof setInterval>;
  private readonly ended = new AbortController();

  /** `beat` gives what is told every `audience.everyS`; null when there is nothing to tell. */
  constructor(
    private readonly url: string,
    private readonly audience: Audience,
    private readonly nowMs: () => number,
    private readonly beat: () => Told | null,
  ) {
    this.timer = setInterval(() => this.turn(), audience.everyS * 1000 * (0.9 + 0.2 * Math.random()));
    // The last that a page is told of on every browser; pagehide is not enough on phones.
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && this.leave(), {
      signal: this.ended.signal,
    });
    window.addEventListener("pagehide", () => this.leave(), { signal: this.ended.signal });
  }

  /** Tell it with the next batch. */
  tell(told: Told): void {
    this.waiting.push({ t: Math.round(this.nowMs()), ...told });
    // The oldest are worth least.
    this.waiting = this.waiting.slice(-MOST_WAITING);
  }

  destroy(): void {
    this.tell({ type: "end" });
    this.leave();
    clearInterval(this.timer);
    this.ended.abort();
  }

  private turn(): void {
    const beat = this.beat();
    if (beat !== null) this.tell(beat);
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
    } catch {
      this.waiting = [...batch, ...this.waiting].slice(-MOST_WAITING);
    }
  }

  private leave(): void {
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
