/** What a player offers to the controls around it. No framework in it: see engine.ts for who makes one. */
import type { Store } from "./store";

/**
 * - idle: nothing was asked for yet.
 * - loading: on the way to the first picture.
 * - waiting: there is nothing to play now (the channel has not begun, or was stopped, or the server is away): the
 *   player asks again by itself, `notice` says why.
 * - playing, paused, buffering (the picture stands still for want of data, it goes on by itself).
 * - ended: the recording that was asked for is over.
 * - failed: it cannot go on by itself, `problem` says what to do.
 */
export type Phase = "idle" | "loading" | "waiting" | "playing" | "paused" | "buffering" | "ended" | "failed";

/** One video quality. `index` is what chooseLevel takes. */
export interface Level {
  index: number;
  height: number;
  bitrateKbps: number;
}

/** An audio or subtitle track. `index` is what chooseAudio and chooseSubtitles take. */
export interface Track {
  index: number;
  name: string;
  language: string | null;
}

/** What went wrong, and what a person can do about it; both are sentences to show. */
export interface Problem {
  message: string;
  advice: string;
}

/** Changes seldom: with what a person does, or when something happens. */
export interface PlayerState {
  phase: Phase;
  /** Whether a person wants it to play: stays true while it buffers or waits. */
  wanted: boolean;
  /** Whether a picture was shown. */
  started: boolean;
  /** live: with the clock; shifted: behind it, where a person put it. */
  mode: "live" | "shifted";
  /** 0 to 1. */
  volume: number;
  muted: boolean;
  /** The browser let it start without sound only: offer to unmute. */
  mutedByBrowser: boolean;
  /** The browser let nothing start by itself: offer to play. */
  blocked: boolean;
  levels: readonly Level[];
  /** The level a person chose; null: automatic. */
  chosenLevel: number | null;
  /** What is on screen. */
  shownLevel: Level | null;
  audioTracks: readonly Track[];
  audio: number | null;
  subtitles: readonly Track[];
  /** null: off. */
  subtitle: number | null;
  fullscreen: boolean;
  pictureInPicture: boolean;
  canFullscreen: boolean;
  canPictureInPicture: boolean;
  /** Why it waits or buffers for long, when that is known. */
  notice: Problem | null;
  /** Why it failed. */
  problem: Problem | null;
}

/**
 * - unknown: the clock is not known yet, or nothing plays.
 * - settling: on the way.
 * - in sync: within 40 ms of the server's clock, give or take the uncertainty.
 * - behind: where a person put it, or paused.
 */
export type SyncState = "unknown" | "settling" | "in sync" | "behind";

/** How together this player is with the server's clock: changes up to four times a second. */
export interface SyncReading {
  state: SyncState;
  /** The programme on screen minus the server's clock, ms; negative is behind. */
  errorMs: number | null;
  /** The server's clock minus this device's, ms. */
  offsetMs: number | null;
  /** How far the offset may be wrong either way, ms: half the best round trip. */
  uncertaintyMs: number | null;
  /** How much faster this device's clock goes than the server's, parts per million; null until it is known. */
  driftPpm: number | null;
  roundTripMs: number | null;
  /** The playback rate that was set for it. */
  rate: number;
}

/** The programme that can be sought, as Unix ms. */
export interface DateRange {
  fromMs: number;
  toMs: number;
}

/** A player on one video element. It begins when it is made and ends with destroy(). */
export interface Player {
  readonly state: Store<PlayerState>;
  readonly sync: Store<SyncReading>;
  /** Go on: at live, but for time shift, which goes on where it was. Call it in a click so that sound is allowed. */
  play(): void;
  pause(): void;
  /** To the clock. */
  goLive(): void;
  /** 0 to 1; over 0 unmutes. */
  setVolume(volume: number): void;
  setMuted(muted: boolean): void;
  /** null: automatic. */
  chooseLevel(index: number | null): void;
  chooseAudio(index: number): void;
  /** null: off. */
  chooseSubtitles(index: number | null): void;
  /** Time shift: to the beginning of what began at this Unix ms. */
  startOver(dateMs: number): void;
  /** Time shift: to this Unix ms of the programme; within a second of now it is goLive(). */
  seekTo(dateMs: number): void;
  /** What time shift can reach now: from `timeshiftS` ago (or the channel's beginning) until now; null without it. */
  seekable(): DateRange | null;
  /** The Unix ms of the programme on screen; null when nothing is shown. Ask as often as you draw. */
  dateMs(): number | null;
  /** The server's clock, Unix ms; this device's until it is known. */
  nowMs(): number;
  /** Full screen with the element that holds the controls (on iPhones: of the video alone), or back. */
  toggleFullscreen(element: HTMLElement): void;
  togglePictureInPicture(): void;
  destroy(): void;
}

/** Who watches, for the beacon. */
export interface Audience {
  viewer: string;
  channel: string;
  everyS: number;
}

export interface PlayerOptions {
  /** The personal playlist's URL; or how to ask for it anew, as a token may expire. */
  stream: string | (() => Promise<string>);
  /** Where the server is, "https://..." without a slash at the end; "" is where the page came from. */
  server?: string;
  /** The channel's `timeshift_s`; 0: none. */
  timeshiftS?: number;
  /** Unix ms of the channel's beginning, where time shift ends. */
  beganMs?: number | null;
  /** null: no beacons. */
  audience?: Audience | null;
  /** Start with sound where the browser allows it (default), or muted. */
  muted?: boolean;
  /** 0 to 1. */
  volume?: number;
  /** Start by itself (default). */
  autoplay?: boolean;
}
