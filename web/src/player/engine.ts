/** The player: one video element that shows the programme when it is due. No framework; see types.ts for its use. */
import Hls from "hls.js";
import { HlsSource } from "./hls";
import { Knobs } from "./knobs";
import { LiveSync } from "./live";
import { Missing } from "./missing";
import { NativeSource } from "./native";
import { AWAY, Recovery } from "./recovery";
import { Report } from "./report";
import type { Heard, Source } from "./source";
import { attend, type Ears, start } from "./surroundings";
import { deviceMs, Timekeeper } from "./timekeeper";
import type { DateRange, Player, PlayerOptions, PlayerState } from "./types";
import { addressOf, goesOn, reach, shiftedUrl, UNSUPPORTED } from "./words";

const STEP_MS = 250;
const SLEPT_MS = 10_000;
const LIVE_WITHIN_MS = 1000;
const REST_AFTER_MS = 30_000;
const LEAVES_MS = 10_000;

/** Make a player on a video element, and begin. Give the element no source and no autoplay of its own. */
export function createPlayer(video: HTMLVideoElement, options: PlayerOptions): Player {
  return new Engine(video, options);
}

class Engine extends Knobs implements Player {
  readonly sync;
  protected readonly source: Source;
  private readonly time: Timekeeper;
  private readonly live: LiveSync;
  private readonly report: Report;
  private readonly ended = new AbortController();
  private readonly timer: ReturnType<typeof setInterval>;
  private readonly recovery = new Recovery({
    reload: () => void this.load(null),
    resume: () => this.source.resume(),
    mend: () => this.source.mend(),
    look: () => void this.look(),
    wait: (notice) => this.state.change({ phase: "waiting", notice }),
    giveUp: (problem) => this.state.change({ phase: "failed", problem }),
  });
  /** Behind the clock: where it was put, until it is there. */
  private shiftToMs: number | null = null;
  private loading = 0;
  private asking = true; // for an address: what is there is still of before
  private aligned = false;
  private over = false;
  private pausedAtMs = 0;
  private readonly missing = new Missing();
  private stepAtMs = deviceMs();

  constructor(video: HTMLVideoElement, options: PlayerOptions) {
    super(video, options);
    const server = options.server ?? "";
    this.time = new Timekeeper(server, () => this.back());
    const { audience = null } = options;
    const sameOrigin = new URL(server, location.href).origin === location.origin;
    this.source = Hls.isSupported()
      ? new HlsSource(video, this.heard(), sameOrigin, audience?.channel ?? null)
      : new NativeSource(video, this.heard());
    this.live = new LiveSync(
      video,
      this.source,
      this.time,
      () => this.lacking(),
      () => void this.go(),
    );
    this.sync = this.live.reading;
    const [now, sync] = [() => this.nowMs(), () => this.sync.get()];
    const asset = () => this.source.assetAt(video.currentTime);
    this.report = new Report(video, this.state, sync, asset, now, `${server}/beacon`, audience);
    attend(video, this.ears(), this.ended.signal);
    this.timer = setInterval(() => this.step(), STEP_MS);
    if (Hls.isSupported() || video.canPlayType("application/vnd.apple.mpegurl") !== "") void this.load(null);
    else this.state.change({ phase: "failed", problem: UNSUPPORTED });
  }

  play(): void {
    const { mode, phase } = this.state.get();
    if (phase === "failed") return;
    this.state.change({ wanted: true, blocked: false });
    if (mode === "live") this.goLive();
    else void this.go();
  }

  pause(): void {
    this.state.change({ wanted: false, phase: "paused" });
    this.pausedAtMs = deviceMs();
    this.live.off();
    this.video.pause();
  }

  goLive(): void {
    const shifted = this.state.get().mode === "shifted";
    this.shiftToMs = null;
    this.state.change({ mode: "live", wanted: true });
    if (shifted || !this.aligned || !this.source.lists(this.nowMs())) void this.load(null);
    else {
      this.source.resume();
      this.live.align();
      this.show();
    }
  }

  startOver = (dateMs: number): void => this.seekTo(dateMs);

  seekTo(dateMs: number): void {
    const range = this.seekable();
    if (range === null || dateMs > range.toMs - LIVE_WITHIN_MS) {
      this.goLive();
      return;
    }
    const to = Math.max(dateMs, range.fromMs);
    this.live.off();
    this.state.change({ mode: "shifted", wanted: true });
    const at = this.source.timeAt(to);
    // What is about to leave the playlist would be gone before it could be fetched.
    if (at === null || !this.source.lists(to - LEAVES_MS)) void this.load(to);
    else {
      this.video.currentTime = Math.max(0, at);
      void this.go();
    }
  }

  seekable(): DateRange | null {
    return reach(this.nowMs(), this.options.timeshiftS ?? 0, this.options.beganMs ?? null);
  }

  dateMs(): number | null {
    return this.state.get().started ? this.source.dateAt(this.video.currentTime) : null;
  }

  nowMs(): number {
    return this.time.nowMs();
  }

  destroy(): void {
    this.loading += 1;
    this.report.destroy();
    clearInterval(this.timer);
    this.recovery.stop();
    this.ended.abort();
    for (const part of [this.live, this.time, this.source]) part.destroy();
  }

  /** Begin from nothing: at the clock, or behind it. */
  private async load(shiftToMs: number | null): Promise<void> {
    const turn = ++this.loading;
    this.asking = true;
    this.shiftToMs = shiftToMs ?? (this.state.get().mode === "shifted" ? this.dateMs() : null);
    this.aligned = false;
    this.over = false;
    this.missing.over();
    this.recovery.stop();
    this.live.off();
    const { phase, wanted } = this.state.get();
    if (wanted && phase !== "waiting") this.state.change({ phase: "loading" });
    try {
      const url = await addressOf(this.options);
      if (turn !== this.loading) return;
      const back = this.shiftToMs === null ? 0 : this.nowMs() - this.shiftToMs;
      this.source.load(shiftedUrl(url, back, this.options.timeshiftS ?? 0), this.shiftToMs);
      this.asking = false;
    } catch (error) {
      if (turn !== this.loading) return;
      const { status = 0, retryAfterS = null } = error as { status?: number; retryAfterS?: number | null };
      this.recovery.failed({ kind: "network", code: "stream", status, retryAfterS, atFirst: true });
    }
  }

  private async go(): Promise<void> {
    const became = await start(this.video);
    if (became === "muted") this.state.change({ muted: true, mutedByBrowser: true });
    if (became !== "blocked") return;
    this.state.change({ wanted: false, blocked: true, phase: "paused" });
    this.live.off();
  }

  private step(): void {
    const now = deviceMs();
    const slept = this.time.noticed() || now - this.stepAtMs > SLEPT_MS;
    this.stepAtMs = now;
    if (slept) this.awake();
    const { wanted, phase } = this.state.get();
    if (!wanted && phase === "paused" && now - this.pausedAtMs > REST_AFTER_MS) {
      this.pausedAtMs = Number.POSITIVE_INFINITY;
      this.source.rest();
    }
    if (wanted && !this.aligned && !this.over) this.arrive();
    this.live.step();
    this.show();
  }

  /** The first data since a load are there: play what is due, or where it was put. */
  private arrive(): void {
    if (this.asking || this.source.dateAt(this.video.currentTime) === null || this.video.readyState < 1) return;
    this.aligned = true;
    if (this.shiftToMs === null) this.live.align();
    else void this.go();
  }

  private awake(): void {
    this.live.forget();
    this.time.renew();
    this.back();
  }

  /** The network, or the page, is there again. */
  private back(): void {
    this.missing.over();
    if (this.state.get().wanted) {
      this.recovery.hurry();
      this.source.resume();
    }
  }

  /** What is due is not listed. */
  private lacking(): void {
    const advice = this.missing.advice(deviceMs(), this.time.answeredMs);
    if (advice === "ask") this.time.soon();
    if (advice === "away") this.state.change({ notice: AWAY });
    if (advice === "reload") void this.load(null);
  }

  private show(): void {
    const moving = this.live.moving();
    if (moving) this.missing.over();
    if (!this.over) this.report.moves(moving, this.live.busy());
  }

  private heard(): Heard {
    const change = (fields: Partial<PlayerState>) => this.state.change(fields);
    return {
      levels: (levels) => change({ levels }),
      shown: (shownLevel) => {
        change({ shownLevel });
        if (shownLevel !== null)
          this.report.tell({ type: "level", height: shownLevel.height, bitrate_kbps: shownLevel.bitrateKbps });
      },
      audioTracks: (audioTracks, audio) => change({ audioTracks, audio }),
      subtitles: (subtitles, subtitle) => change({ subtitles, subtitle }),
      alive: () => {
        this.recovery.fine();
        if (this.state.get().phase === "waiting" && !this.over) change({ phase: "loading", notice: null });
      },
      failed: (failure) => {
        this.report.tell({ type: "error", code: failure.code, fatal: true });
        this.recovery.failed(failure);
      },
      over: () => this.ends(),
    };
  }

  /** The channel was stopped: what is left is played, then it waits for it to go on. */
  private ends(): void {
    if (this.over || this.state.get().mode === "shifted") return;
    this.over = true;
    this.live.off();
    this.recovery.over();
  }

  private async look(): Promise<void> {
    const turn = this.loading;
    const goes = await addressOf(this.options)
      .then(goesOn)
      .catch(() => false);
    if (turn !== this.loading) return;
    if (goes) void this.load(null);
    else this.recovery.over();
  }

  private ears(): Ears {
    const { video, state } = this;
    return {
      sound: () => state.change({ volume: video.volume, muted: video.muted }),
      data: () => this.step(),
      screen: () => this.screen(),
      paused: () => this.pausedByOthers() && this.pause(),
      played: () => !state.get().wanted && this.play(),
      ended: () => state.get().mode === "shifted" && state.change({ phase: "ended", wanted: false }),
      seen: () => {
        this.time.soon();
        this.step();
      },
      online: () => {
        this.time.soon();
        this.back();
      },
    };
  }

  private pausedByOthers(): boolean {
    const ours = this.live.aligner.busy || this.live.held || this.video.seeking || this.video.ended;
    return this.video.paused && this.state.get().phase === "playing" && !ours;
  }
}
