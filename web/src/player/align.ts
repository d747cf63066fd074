/** Puts the picture at what is due shortly, holds it there until it is due, and lets it go. */
import type { Source } from "./source";
import { deviceMs } from "./timekeeper";

const LEAST_LEAD_MS = 120;
const MOST_LEAD_MS = 1500;
const MOST_AHEAD_MS = 700; // rather than hold the picture for longer, seek
const LATE_MS = 60;
const MOST_SEEKS = 4;
const PAST_MS = 6000;
const HAVE_FUTURE_DATA = 3;

export class Aligner {
  /** Whether it is at work: the picture is held, or sought. */
  busy = false;
  private leadMs = 250;
  private startMs = 40;
  private seeks = 0;
  private soughtAtMs = 0;
  private release: ReturnType<typeof setTimeout> | undefined;
  private readonly ended = new AbortController();

  /** `go` plays. */
  constructor(
    private readonly video: HTMLVideoElement,
    private readonly source: Source,
    private readonly nowMs: () => number,
    private readonly go: () => void,
  ) {
    const { signal } = this.ended;
    for (const name of ["seeked", "canplay", "progress"])
      video.addEventListener(name, () => this.check(), { signal });
  }

  /** Begin: whatever plays is held. */
  begin(): void {
    this.busy = true;
    this.seeks = 0;
    this.video.playbackRate = 1;
    if (!this.video.paused) this.video.pause();
    clearTimeout(this.release);
    this.release = undefined;
    if (this.fits()) this.check();
    else this.seek();
  }

  cancel(): void {
    this.busy = false;
    clearTimeout(this.release);
    this.release = undefined;
  }

  /** By how much what was let go was off: the next is let go so much earlier or later. */
  learn(errorMs: number): void {
    this.startMs = Math.max(0, Math.min(250, this.startMs - 0.5 * errorMs));
  }

  /** To be called now and then, as no event tells that time has passed. */
  check(): void {
    if (!this.busy || this.release !== undefined || this.video.seeking) return;
    const ahead = this.aheadMs();
    if (ahead === null) return;
    if (this.soughtAtMs > 0) this.sought();
    if (this.video.readyState < HAVE_FUTURE_DATA) {
      if (ahead < -PAST_MS) this.seek();
      return;
    }
    const wait = ahead - this.startMs;
    const far = wait < -LATE_MS || wait > MOST_AHEAD_MS + this.leadMs;
    if (far && this.seeks < MOST_SEEKS) this.seek();
    else this.release = setTimeout(() => this.let(), Math.max(0, Math.min(wait, MOST_LEAD_MS)));
  }

  destroy(): void {
    this.cancel();
    this.ended.abort();
  }

  private let(): void {
    this.cancel();
    this.go();
  }

  private fits(): boolean {
    const ahead = this.aheadMs();
    return ahead !== null && ahead > this.startMs - LATE_MS / 2 && ahead < MOST_AHEAD_MS;
  }

  private aheadMs(): number | null {
    const date = this.source.dateAt(this.video.currentTime);
    return date === null ? null : date - this.nowMs();
  }

  private seek(): void {
    const at = this.source.timeAt(this.nowMs() + this.leadMs + this.startMs);
    if (at === null) return;
    this.seeks += 1;
    this.soughtAtMs = deviceMs();
    this.video.currentTime = at;
  }

  private sought(): void {
    if (this.video.readyState < HAVE_FUTURE_DATA) return;
    const took = deviceMs() - this.soughtAtMs;
    this.soughtAtMs = 0;
    // What had to be fetched first says nothing about the next time.
    if (took < MOST_LEAD_MS)
      this.leadMs = clamp(Math.max(took * 1.4, 0.6 * this.leadMs), LEAST_LEAD_MS, MOST_LEAD_MS);
    else this.leadMs = clamp(this.leadMs * 1.5, LEAST_LEAD_MS, MOST_LEAD_MS);
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value));
}
