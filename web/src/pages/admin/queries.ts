import { QueryClient } from "@tanstack/react-query";
import { Refused } from "../../api/client";
import { linkState } from "./events";

const POLLED_MS = 5000;
const TRIES = 3;

/** Whether to ask again by itself: what was refused will be refused again, but a server that is away comes back. */
export function isPassing(error: unknown): boolean {
  return error instanceof Refused && (error.status === 0 || error.status === 502 || error.status === 503);
}

/**
 * What is known of the server. Keys begin with the topic of the events that change them (`["asset", ...]`), so nothing
 * is asked for twice while events come; while they do not, what is shown is asked for again and again.
 */
export function newQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        retry: (failures, error) => isPassing(error) && failures < TRIES,
        refetchInterval: () => (linkState() === "live" ? false : POLLED_MS),
        networkMode: "always", // a server on the same machine needs no network
      },
      mutations: { retry: false, networkMode: "always" },
    },
  });
}
