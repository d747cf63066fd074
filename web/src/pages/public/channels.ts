import { answer, api } from "../../api/client";
import type { PublicChannel, PublicChannels } from "../../api/schema";
import { clockOf, type ServerNow } from "./clock";
import { type Asked, useAsked } from "./useAsked";

export type Listed = { channels: PublicChannel[]; now: ServerNow };

const SELDOM_MS = 30_000;
const OFTEN_MS = 3_000;

/** When the list is to be asked for again: at the next change that it tells of, half a minute from now at most. */
export function nextChangeMs({ channels, now_ms: nowMs }: PublicChannels): number {
  const told = channels.flatMap((one) => [one.on_air_from, one.on_air_until, one.now?.ends ?? null]);
  const ahead = told.map((at) => (at === null ? Number.NaN : Date.parse(at) - nowMs)).filter((ms) => ms >= 0);
  return Math.max(OFTEN_MS, Math.min(SELDOM_MS, ...ahead.map((ms) => ms + 500)));
}

async function listed(): Promise<Listed & { againMs: number }> {
  const askedMs = Date.now();
  const told = await answer(api.GET("/watch"));
  return {
    channels: told.channels,
    now: clockOf(told.now_ms, askedMs, Date.now()),
    againMs: nextChangeMs(told) * (1 + Math.random() / 10),
  };
}

/** The channels that anybody may watch, kept up to date. */
export function useChannels(): Asked<Listed> {
  return useAsked({ ask: listed, againMs: (found) => found.againMs });
}
