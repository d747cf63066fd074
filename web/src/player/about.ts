import type { WatchEntry } from "../api/schema";
import type { Player } from "./types";

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

/** Seek by so many ms from what is on screen, as far as time shift reaches. */
export function step(player: Player, ms: number): void {
  const [range, atMs] = [player.seekable(), player.dateMs()];
  if (range === null || atMs === null) return;
  player.seekTo(Math.min(range.toMs, Math.max(range.fromMs, atMs + ms)));
}
