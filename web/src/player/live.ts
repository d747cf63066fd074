/** The sync loop around one video element: readings in, orders out (sync/controller.ts). */
import { Controller } from "../sync/controller";
import { Errors } from "../sync/errors";
import { Aligner } from "./align";
import { Frames } from "./frames";
import type { Source } from "./source";
import { Changeable } from "./store";
import { deviceMs, type Timekeeper } from "./timekeeper";
import type { SyncReading } from "./types";

const IN_SYNC_MS = 40;
const HAVE_FUTURE_DATA = 3;
const STANDS_MS = 300;
const SEEK_MS = 1500;

const UNKNOWN: SyncReading = {
  state: "unknown",
  errorMs: null,
  offsetMs: null,
  uncertaintyMs: null,
  driftPpm: null,
  roundTripMs: null,
  rate: 1,
};

export class LiveSync {
  readonly reading = new Changeable<SyncReading>(UNKNOWN);
  readonly aligner: Aligner;
  /** Whether the loop acts: not while paused, nor behind the clock. */
  on = false;
  /** Whether the picture is held until there is data. */
  held = false;
  private readonly controller = new Controller();
  private readonly errors = new Errors();
  private readonly frames: Frames;
  private rate = 1;
  private letGo = false;
  private place = { timeS: -1, sinceMs: 0 };

  /** `missing` is called when what is due is not even listed; `go` plays. */
  constructor(
    private readonly video: HTMLVideoElement,
    private readonly source: Source,
    private readonly time: Timekeeper,
    private readonly missing: () => void,
    go: () => void,
  ) {
    this.aligner = new Aligner(
      video,
      source,
      () => time.nowMs(),
      () => {
        this.errors.forget();
        this.letGo = true;
        go();
      },
    );
    this.frames = new Frames(video, (timeS, atMs) => this.seen(timeS, atMs));
  }

  /** Put the picture where it is due and go on; the loop acts from then on. */
  align(): void {
    this.on = true;
    this.held = false;
    this.errors.forget();
    this.setRate(1);
    this.aligner.begin();
  }

  /** The loop rests: it is paused, or behind the clock. */
  off(): void {
    this.on = false;
    this.held = false;
    this.aligner.cancel();
    this.errors.forget();
    this.controller.reset();
    this.setRate(1);
  }

  /** Whether the picture moves. */
  moving(): boolean {
    const { video } = this;
    const goes = !video.paused && !video.seeking && video.readyState >= HAVE_FUTURE_DATA;
    return this.standsMs() <= STANDS_MS && goes;
  }

  /** Whether it is held or sought, not for longer than that takes where nothing is to be fetched. */
  busy(): boolean {
    return this.aligner.busy || (this.video.seeking && this.standsMs() < SEEK_MS);
  }

  /** For how long the picture has been at one place. */
  standsMs(): number {
    const { currentTime } = this.video;
    if (currentTime !== this.place.timeS) this.place = { timeS: currentTime, sinceMs: deviceMs() };
    return deviceMs() - this.place.sinceMs;
  }

  /** One turn of the loop: some four times a second. */
  step(): void {
    this.frames.poll();
    this.aligner.check();
    const moving = this.moving();
    if (this.on && !this.aligner.busy && this.time.estimate() !== null) this.obey(moving);
    this.tell(moving);
  }

  /** The error of what is on screen, moving or not. */
  standingMs(): number | null {
    const date = this.source.dateAt(this.video.currentTime);
    return date === null ? null : date - this.time.nowMs();
  }

  /** Clocks are others than they were. */
  forget(): void {
    this.errors.forget();
  }

  destroy(): void {
    this.frames.destroy();
    this.aligner.destroy();
  }

  private obey(moving: boolean): void {
    const now = this.time.nowMs();
    const errorMs = moving ? this.movingMs() : this.standingMs();
    if (moving && this.letGo && errorMs !== null) {
      this.letGo = false;
      this.aligner.learn(errorMs);
    }
    const nowBuffered = buffered(this.video, this.source.timeAt(now));
    const order = this.controller.step({
      atMs: deviceMs(),
      errorMs,
      moving,
      aheadMs: aheadMs(this.video),
      nowBuffered,
    });
    if (order.seek) this.seek(now);
    else {
      this.hold(order.hold);
      this.setRate(order.rate);
    }
  }

  /** In a hidden tab timers are slow, and there are too few readings for a median: one of the element has to do. */
  private movingMs(): number | null {
    return this.errors.now(deviceMs(), this.rate) ?? (this.frames.told ? null : this.standingMs());
  }

  private seek(now: number): void {
    if (this.source.lists(now)) this.align();
    else this.missing();
  }

  private hold(hold: boolean): void {
    if (hold && !this.video.paused) this.video.pause();
    else if (!hold && this.held) this.align();
    this.held = hold;
  }

  private setRate(rate: number): void {
    if (rate === this.rate && this.video.playbackRate === rate) return;
    this.errors.turn(deviceMs(), this.rate, rate);
    this.rate = rate;
    this.video.playbackRate = rate;
  }

  private seen(timeS: number, atMs: number): void {
    const date = this.source.dateAt(timeS);
    const offset = this.time.estimate()?.offsetMs;
    if (date === null || offset === undefined || this.video.paused || this.video.seeking) return;
    this.errors.take(atMs, date - (atMs + offset));
  }

  private tell(moving: boolean): void {
    const estimate = this.time.estimate();
    const errorMs = moving ? this.movingMs() : null;
    this.reading.change({
      state: state(this.on, estimate !== null, errorMs),
      errorMs: errorMs === null ? null : Math.round(errorMs * 10) / 10,
      offsetMs: estimate?.offsetMs ?? null,
      uncertaintyMs: estimate?.uncertaintyMs ?? null,
      driftPpm: estimate?.driftPpm ?? null,
      roundTripMs: estimate?.roundTripMs ?? null,
      rate: this.rate,
    });
  }
}

function state(on: boolean, known: boolean, errorMs: number | null): SyncReading["state"] {
  if (!on) return errorMs === null ? "unknown" : "behind";
  if (!known) return "unknown";
  return errorMs !== null && Math.abs(errorMs) <= IN_SYNC_MS ? "in sync" : "settling";
}

/** Whether a place and some more is buffered. */
function buffered(video: HTMLVideoElement, timeS: number | null): boolean {
  const ranges = video.buffered;
  for (let index = 0; timeS !== null && index < ranges.length; index += 1)
    if (ranges.start(index) <= timeS && timeS + 0.3 < ranges.end(index)) return true;
  return false;
}

function aheadMs(video: HTMLVideoElement): number {
  const { buffered: ranges, currentTime } = video;
  for (let index = 0; index < ranges.length; index += 1)
    if (ranges.start(index) <= currentTime + 0.1 && currentTime < ranges.end(index))
      return (ranges.end(index) - currentTime) * 1000;
  return 0;
}
