/** A channel's state in words. Pure. */

import type { ChannelLine } from "../../../api/schema";
import type { Tone } from "../../../ui/bits";
import { clockTime } from "../../../ui/words";
import { when } from "../words";

export type Stated = Pick<ChannelLine, "state" | "on_air_from" | "on_air_until">;

const DAY_MS = 86_400_000;
const TONES: Record<ChannelLine["state"], Tone> = {
  "not started": "plain",
  "to begin": "accent",
  "on air": "good",
  stopped: "warn",
};

export function toneOf({ state }: Stated): Tone {
  return TONES[state];
}

/** Since when, until when, or how long still: `begins in 1:05:00, 28 Nov 2026, 20:15 CET`. */
export function sinceWhen({ state, on_air_from: from, on_air_until: until }: Stated, nowMs: number): string {
  if (state === "not started" || from === null) return "Nobody can watch it yet";
  if (state === "to begin") return `Begins in ${timeLeft(from, nowMs)}, ${when(from)}`;
  if (until === null) return `On air since ${when(from)}`;
  return Date.parse(until) > nowMs ? `On air until ${when(until)}` : `Ended ${when(until)}`;
}

/** How long it is still: `3 days`, or `1:05:00` on the last two. */
export function timeLeft(at: string, nowMs: number): string {
  const left = Date.parse(at) - nowMs;
  return left > 2 * DAY_MS ? `${Math.floor(left / DAY_MS)} days` : clockTime(left);
}

/** One that is to begin is stopped first: it then does not begin. */
export function canStart({ state }: Stated): boolean {
  return state === "not started" || state === "stopped";
}

export function canStop({ state, on_air_until: until }: Stated): boolean {
  return state === "to begin" || (state === "on air" && until === null);
}
