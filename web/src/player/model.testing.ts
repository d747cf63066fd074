/** A player without media, for tests of what is around it: it does at once what it is told. */
import { Changeable } from "./store";
import type { DateRange, Player, PlayerState, SyncReading } from "./types";
import { IDLE } from "./words";

const STATE: PlayerState = {
  ...IDLE,
  phase: "playing",
  started: true,
  canFullscreen: true,
  canPictureInPicture: true,
};

export const READING: SyncReading = {
  state: "in sync",
  errorMs: 12.4,
  offsetMs: -3.2,
  uncertaintyMs: 0.6,
  driftPpm: null,
  roundTripMs: 1.2,
  rate: 1,
};

export class ModelPlayer implements Player {
  readonly state: Changeable<PlayerState>;
  readonly sync = new Changeable<SyncReading>(READING);
  shownMs: number;

  constructor(
    state: Partial<PlayerState> = {},
    readonly atMs = 1_800_000_000_000,
    readonly range: DateRange | null = null,
  ) {
    this.state = new Changeable<PlayerState>({ ...STATE, ...state });
    this.shownMs = atMs;
  }

  play = () => this.state.change({ wanted: true, blocked: false, phase: "playing" });
  pause = () => this.state.change({ wanted: false, phase: "paused" });
  goLive = () => this.seekTo(this.atMs);
  setVolume = (volume: number) => this.state.change({ volume, ...(volume > 0 && { muted: false }) });
  setMuted = (muted: boolean) => this.state.change({ muted, mutedByBrowser: false });
  chooseLevel = (chosenLevel: number | null) => this.state.change({ chosenLevel });
  chooseAudio = (audio: number) => this.state.change({ audio });
  chooseSubtitles = (subtitle: number | null) => this.state.change({ subtitle });
  startOver = (dateMs: number) => this.seekTo(dateMs);
  seekTo = (dateMs: number) => {
    this.shownMs = dateMs;
    const live = dateMs >= this.atMs - 1000;
    this.state.change({ mode: live ? "live" : "shifted", wanted: true, phase: "playing" });
    this.sync.change({ state: live ? "in sync" : "behind" });
  };
  seekable = () => this.range;
  dateMs = () => this.shownMs;
  nowMs = () => this.atMs;
  toggleFullscreen = () => this.state.change({ fullscreen: !this.state.get().fullscreen });
  togglePictureInPicture = () => this.state.change({ pictureInPicture: !this.state.get().pictureInPicture });
  destroy = () => this.state.change({ phase: "idle", started: false });
}
