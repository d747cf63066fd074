import type { WatchEntry } from "../api/schema";

/** What a player shows beside the picture. */
export type About = {
  /** The channel's title. */
  channel: string;
  /** What is on screen, when that is known. */
  on: WatchEntry | null;
  /** What is known of the viewer's programme, in order. */
  entries: readonly WatchEntry[];
  /** Find out what was on at an instant, Unix ms. */
  look: (atMs: number) => void;
};
