/** What a player is doing: shown to those who look, and told to the server. */
import { Beacon, type Told } from "./beacon";
import type { Changeable } from "./store";
import { deviceMs } from "./timekeeper";
import type { Audience, Phase, PlayerState, SyncReading } from "./types";

const PAUSED_MS = 300_000; // then nobody is in front of it

// Of these somebody waits, or looks at a picture that stands still.
const PRESENT: readonly Phase[] = ["loading", "playing", "buffering", "paused"];

export class Report {
  private readonly beacon: Beacon | null;
  private readonly beganMs = deviceMs();
  private droppedBefore = 0;
  private stallSinceMs: number | null = null;
  private playedMs = deviceMs();

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly state: Changeable<PlayerState>,
    private readonly sync: () => SyncReading,
    private readonly asset: () => string | null,
    nowMs: () => number,
    url: string,
    audience: Audience | null,
  ) {
    this.beacon = audience === null ? null : new Beacon(url, audience, nowMs, () => this.beat());
  }

  tell(told: Told): void {
    this.beacon?.tell(told);
  }

  /** Whether the picture moves; `ours` while the player itself holds or seeks it. */
  moves(moving: boolean, ours: boolean): void {
    const { phase, wanted, started } = this.state.get();
    if (!wanted || phase === "failed" || phase === "ended") return;
    if (moving) {
      if (!started) this.tell({ type: "start", startup_ms: Math.round(deviceMs() - this.beganMs) });
      this.became("playing");
    } else if (phase === "playing" && !ours) this.became("buffering");
  }

  destroy(): void {
    this.beacon?.destroy();
  }

  private became(phase: Phase): void {
    this.buffering(phase === "buffering");
    this.state.change(phase === "playing" ? { phase, started: true, notice: null, blocked: false } : { phase });
  }

  private buffering(stands: boolean): void {
    if (stands && this.stallSinceMs === null) {
      this.stallSinceMs = deviceMs();
    } else if (!stands && this.stallSinceMs !== null) {
      this.tell({ type: "stall", stalls: 1, stalled_ms: Math.round(deviceMs() - this.stallSinceMs) });
      this.stallSinceMs = null;
    }
  }

  private beat(): Told | null {
    const { phase, mode, started, shownLevel } = this.state.get();
    if (phase !== "paused") this.playedMs = deviceMs();
    const rests = phase === "paused" && (!started || deviceMs() - this.playedMs > PAUSED_MS);
    if (rests || !PRESENT.includes(phase)) return null;
    const errorMs = phase === "playing" ? this.sync().errorMs : null;
    const asset = this.asset();
    const dropped = this.video.getVideoPlaybackQuality?.().droppedVideoFrames ?? 0;
    const more = Math.max(0, dropped - this.droppedBefore);
    this.droppedBefore = dropped;
    return {
      type: "beat",
      ...(asset === null ? {} : { asset }),
      height: shownLevel?.height ?? this.video.videoHeight,
      bitrate_kbps: shownLevel?.bitrateKbps ?? 0,
      ...(errorMs === null || mode === "shifted" ? {} : { sync_ms: Math.round(errorMs) }),
      dropped: more, // since the beat before, as stalls are told of one by one
    };
  }
}
