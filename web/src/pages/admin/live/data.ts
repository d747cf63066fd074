import { useQuery } from "@tanstack/react-query";
import { answer, api } from "../../../api/client";
import type { AnalyticsNow } from "../../../api/schema";
import { momentsOf } from "../channels/stored";
import { keys } from "../keys";

const AUDIENCE_MS = 5000;
const NOW_MS = 30_000;

/** Channels with what is on. It is asked for seldom: the guide of each is looked at for it. */
export function useOnNow() {
  return useQuery({
    queryKey: keys.channel.onNow,
    queryFn: () => answer(api.GET("/channels", { params: { query: { now: true, limit: 100 } } })),
    select: ({ channels }) => channels,
    refetchInterval: NOW_MS,
  });
}

/** Who watches a channel, and how together: every five seconds, and when the server tells that it changed. */
export function useAudience(channel: string) {
  return useQuery({
    queryKey: keys.analytics.now(channel),
    queryFn: () => answer(api.GET("/analytics", { params: { query: { channel } } })),
    refetchInterval: AUDIENCE_MS,
  });
}

/** The next moment of a channel that is still to come. */
export function useNextMoment(channel: string, now: number) {
  return useQuery({
    ...momentsOf(channel),
    select: ({ moments }) =>
      moments
        .map((one) => ({ ...one, next: nextOf(one, now) }))
        .filter((one) => one.next !== null)
        .sort((one, other) => (one.next ?? 0) - (other.next ?? 0))[0] ?? null,
  });
}

type Recurring = { at: string; every_s: number | null; until: string | null };

/** When a moment begins the next time after an instant, Unix ms; null: never again. */
export function nextOf({ at, every_s, until }: Recurring, now: number): number | null {
  const first = Date.parse(at);
  if (first > now) return first;
  if (every_s === null) return null;
  const next = first + Math.ceil((now - first) / (every_s * 1000)) * every_s * 1000;
  return until === null || next < Date.parse(until) ? next : null;
}

export type Together = { watching: number; measured: boolean; inSync: number };

/** How many watch, and how many of them are with the clock: within 40 ms, as far as their players tell. */
export function togetherOf({ concurrent, facts: { sync } }: AnalyticsNow): Together {
  const share = sync.within_40ms;
  return { watching: concurrent, measured: share !== null, inSync: Math.round(concurrent * (share ?? 0)) };
}
