/** What brings programme into the video element: hls.js, or the browser itself. */
import type { Level, Track } from "./types";

/** Why a source cannot go on by itself. `status` is that of HTTP, 0 for no answer. */
export interface Failure {
  kind: "network" | "media" | "other";
  /** A short name for statistics. */
  code: string;
  status: number;
  /** What the server said to wait. */
  retryAfterS: number | null;
  /** Whether nothing at all was loaded: not even what there is to play. */
  atFirst: boolean;
}

/** What a source tells as it happens. */
export interface Heard {
  levels(levels: readonly Level[]): void;
  shown(level: Level | null): void;
  audioTracks(tracks: readonly Track[], chosen: number | null): void;
  subtitles(tracks: readonly Track[], chosen: number | null): void;
  /** A playlist or a segment came. */
  alive(): void;
  failed(failure: Failure): void;
  /** The stream says that nothing follows. */
  over(): void;
}

export interface Source {
  /** Begin from nothing: at the clock, or at a Unix ms of the programme. */
  load(url: string, atMs: number | null): void;
  /** Ask again, at once, for what could not be had. */
  resume(): void;
  /** Ask for nothing more until resume() or load(). */
  rest(): void;
  /** Mend the decoder. */
  mend(): void;
  /** The Unix ms of a place in the video element's time (s); null when it is not known. */
  dateAt(timeS: number): number | null;
  /** The place of a Unix ms; also of one beyond what is listed. */
  timeAt(dateMs: number): number | null;
  /** Whether a Unix ms is listed. */
  lists(dateMs: number): boolean;
  /** The id of the asset that a place is of. */
  assetAt(timeS: number): string | null;
  chooseLevel(index: number | null): void;
  chooseAudio(index: number): void;
  chooseSubtitles(index: number | null): void;
  destroy(): void;
}
