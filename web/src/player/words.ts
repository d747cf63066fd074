/** Small pure parts of the player: where it begins, addresses, what time shift reaches. */
import type { DateRange, PlayerOptions, PlayerState, Problem } from "./types";

export const IDLE: PlayerState = {
  phase: "idle",
  wanted: true,
  started: false,
  mode: "live",
  volume: 1,
  muted: false,
  mutedByBrowser: false,
  blocked: false,
  levels: [],
  chosenLevel: null,
  shownLevel: null,
  audioTracks: [],
  audio: null,
  subtitles: [],
  subtitle: null,
  fullscreen: false,
  pictureInPicture: false,
  canFullscreen: false,
  canPictureInPicture: false,
  notice: null,
  problem: null,
};

export const UNSUPPORTED: Problem = {
  message: "This browser cannot play HLS.",
  advice: "Use a current Chrome, Edge, Firefox or Safari; on iPhones iOS 17 or later.",
};

const MARGIN_S = 30;

/** The playlist that reaches back so many ms and some more, as far as time shift may. */
export function shiftedUrl(url: string, backMs: number, timeshiftS: number): string {
  if (backMs <= 0 || timeshiftS <= 0) return url;
  const back = Math.min(timeshiftS, Math.ceil(backMs / 1000) + MARGIN_S);
  return `${url}${url.includes("?") ? "&" : "?"}back=${back}`;
}

/** What time shift can reach at `nowMs`: not before the channel began. null without it. */
export function reach(nowMs: number, timeshiftS: number, beganMs: number | null): DateRange | null {
  if (timeshiftS <= 0) return null;
  return { fromMs: Math.min(nowMs, Math.max(nowMs - timeshiftS * 1000, beganMs ?? 0)), toMs: nowMs };
}

/** Whether a personal playlist leads to one that goes on. Raises what fetch does. */
export async function goesOn(url: string): Promise<boolean> {
  const signal = AbortSignal.timeout(8000);
  const answer = await fetch(url, { signal, cache: "no-store" });
  const media = /^[^#\s].*$/m.exec(answer.ok ? await answer.text() : "");
  if (media === null) return false;
  const listed = await fetch(new URL(media[0], answer.url), { signal });
  return listed.ok && !(await listed.text()).includes("#EXT-X-ENDLIST");
}

/** The address of the stream, which may have to be asked for. */
export async function addressOf({ stream }: PlayerOptions): Promise<string> {
  return typeof stream === "string" ? stream : stream();
}
