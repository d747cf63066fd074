import { queryOptions, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { answer, api } from "../../../api/client";
import type { LineupLine, LineupPage } from "../../../api/schema";
import { keys } from "../keys";

const MOST_LINEUPS = 1000;

/** All channels, with what is on. */
export function useChannels() {
  return useInfiniteQuery({
    queryKey: keys.channel.list,
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
    queryKey: keys.channel.one(channel),
    queryFn: () => answer(api.GET("/channels/{channel}", { params: { path: { channel } } })),
  });
}

/** The moments of a channel. */
export function momentsOf(channel: string) {
  return queryOptions({
    queryKey: keys.channel.moments(channel),
    queryFn: () => answer(api.GET("/channels/{channel}/moments", { params: { path: { channel } } })),
  });
}

/** A channel as `useChannel` gives it. */
export type Channel = NonNullable<ReturnType<typeof useChannel>["data"]>;

/** The names of the lineups that were given on a channel, with what they are: of very many the first thousand. */
export function useLineups(channel: string) {
  return useQuery({ queryKey: keys.channel.lineups(channel), queryFn: () => lineupsOf(channel) });
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
    queryKey: keys.asset.one(asset),
    queryFn: () => answer(api.GET("/assets/{asset}", { params: { path: { asset } } })),
  });
}

/** How many watch a channel now; null while nobody knows. */
export function useAudience(): (channel: string) => number | null {
  const { data } = useQuery({ queryKey: keys.analytics.now(null), queryFn: () => answer(api.GET("/analytics")) });
  return (channel) =>
    data === undefined ? null : (data.channels.find((one) => one.channel === channel)?.concurrent ?? 0);
}
