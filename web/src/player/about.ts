import type { WatchEntry } from "../api/schema";
import type { DateRange, Player } from "./types";

/** What a player shows beside the picture. */
export type About = {
  /** The channel's title. */
  channel: string;
  /** When the channel began, Unix ms; null where that is not known. */
  beganMs: number | null;
  /** What is on screen, when that is known. */
  on: WatchEntry | null;
  /** What is known of the viewer's programme, in order. */
  entries: readonly WatchEntry[];
  /** Find out what was on at an instant, Unix ms. */
  look: (atMs: number) => void;
};

/** What time shift reaches: nothing of before the channel began. */
export function reach(player: Player, { beganMs }: About): DateRange | null {
  const range = player.seekable();
  if (range === null) return null;
  const fromMs = Math.max(range.fromMs, beganMs ?? range.fromMs);
  return fromMs < range.toMs ? { fromMs, toMs: range.toMs } : null;
}

/** Seek by so many ms from what is on screen, as far as time shift reaches. */
export function step(player: Player, about: About, ms: number): void {
  const [range, atMs] = [reach(player, about), player.dateMs()];
  if (range === null || atMs === null) return;
  player.seekTo(Math.min(range.toMs, Math.max(range.fromMs, atMs + ms)));
}
