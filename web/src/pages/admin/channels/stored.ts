import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { answer, api } from "../../../api/client";
import type { LineupLine, LineupPage } from "../../../api/schema";

const MOST_LINEUPS = 1000;

/** All channels, with what is on. */
export function useChannels() {
  return useInfiniteQuery({
    queryKey: ["channel", "list", "now"],
    queryFn: ({ pageParam }) =>
      answer(
        api.GET("/channels", {
          params: { query: { now: true, limit: 100, ...(pageParam && { after: pageParam }) } },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
    refetchInterval: 10_000, // what is on changes without an event
  });
}

export function useChannel(channel: string) {
  return useQuery({
    queryKey: ["channel", "one", channel],
    queryFn: () => answer(api.GET("/channels/{channel}", { params: { path: { channel } } })),
  });
}

/** A channel as `useChannel` gives it. */
export type Channel = NonNullable<ReturnType<typeof useChannel>["data"]>;

/** The names of the lineups that were given on a channel, with what they are: of very many the first thousand. */
export function useLineups(channel: string) {
  return useQuery({ queryKey: ["channel", "lineups", "all", channel], queryFn: () => lineupsOf(channel) });
}

async function lineupsOf(channel: string): Promise<LineupLine[]> {
  const found: LineupLine[] = [];
  let after: string | null = null;
  do {
    const query = { limit: 100, ...(after !== null && { after }) };
    const page: LineupPage = await answer(
      api.GET("/channels/{channel}/lineups", { params: { path: { channel }, query } }),
    );
    found.push(...page.lineups);
    after = page.next ?? null;
  } while (after !== null && found.length < MOST_LINEUPS);
  return found.sort((one, other) => one.id.localeCompare(other.id));
}

/** What is said of one asset. */
export function useAsset(asset: string) {
  return useQuery({
    queryKey: ["asset", "one", asset],
    queryFn: () => answer(api.GET("/assets/{asset}", { params: { path: { asset } } })),
  });
}

/** How many watch a channel now; null while nobody knows. */
export function useAudience(): (channel: string) => number | null {
  const { data } = useQuery({ queryKey: ["analytics", "now"], queryFn: () => answer(api.GET("/analytics")) });
  return (channel) =>
    data === undefined ? null : (data.channels.find((one) => one.channel === channel)?.concurrent ?? 0);
}

/** The time, every second. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const ticking = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(ticking);
  }, []);
  return now;
}
