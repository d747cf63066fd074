import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";

/** What events are about. A query's key begins with one of them. */
export const TOPICS = [
  "channel",
  "asset",
  "job",
  "upload",
  "token",
  "account",
  "webhook",
  "analytics",
  "health",
] as const;
export type Topic = (typeof TOPICS)[number];
/** What an event says; `name` is null where very many things changed at once. */
export type Told = { name: string | null; [more: string]: unknown };
export type LinkState = "live" | "coming" | "away";

const GATHERED_MS = 250;
const PAUSE_MS = 2000; // at least, between two times: events may come several times a second for long
const AGAIN_MS = [1000, 2000, 5000, 10_000];

type Listener = (told: Told) => void;
const listeners = new Map<Topic, Set<Listener>>();
const watchers = new Set<() => void>();
let state: LinkState = "coming";

/** Whether events come now. */
export function linkState(): LinkState {
  return state;
}

function become(next: LinkState): void {
  state = next;
  for (const watch of watchers) watch();
}

/** Whether events come, for components. */
export function useLinkState(): LinkState {
  return useSyncExternalStore((changed) => {
    watchers.add(changed);
    return () => watchers.delete(changed);
  }, linkState);
}

/** Hear of each event of a topic; queries are asked anew without this. */
export function useEvent(topic: Topic, listener: Listener): void {
  useEffect(() => {
    const of = listeners.get(topic) ?? new Set();
    listeners.set(topic, of.add(listener));
    return () => {
      of.delete(listener);
    };
  }, [topic, listener]);
}

/** Follow the server's events for as long as this is shown. `ask`: whether there still is a session, and of which role. */
export function useEvents(ask: () => void): void {
  const queries = useQueryClient();
  useEffect(() => follow(queries, (url) => new EventSource(url), ask), [queries, ask]);
}

type Source = Pick<EventSource, "addEventListener" | "close" | "readyState">;

/**
 * Have queries asked anew by what events tell. Comes back after breaks; returns how to end it. `ask` is called when the
 * session may have ended, or have another role: the server ends events for that, and lets one come back.
 */
export function follow(queries: QueryClient, open: (url: string) => Source, ask: () => void): () => void {
  const gathered = new Set<Topic>();
  let source: Source | null = null;
  let gathering: ReturnType<typeof setTimeout> | undefined;
  let waiting: ReturnType<typeof setTimeout> | undefined;
  let breaks = 0;
  let asked = -PAUSE_MS;
  const gather = (topic: Topic) => {
    gathered.add(topic);
    gathering ??= setTimeout(
      () => {
        gathering = undefined;
        asked = performance.now();
        for (const one of gathered) void queries.invalidateQueries({ queryKey: [one] });
        gathered.clear();
      },
      Math.max(GATHERED_MS, asked + PAUSE_MS - performance.now()),
    );
  };
  let greeted = false;
  const everything = () => {
    breaks = 0;
    become("live");
    void queries.invalidateQueries();
  };
  const hello = () => {
    if (greeted) ask();
    greeted = true;
    everything();
  };
  const begin = () => {
    source = open("/api/v1/events");
    source.addEventListener("hello", hello);
    source.addEventListener("reset", everything);
    source.addEventListener("open", () => become("live"));
    for (const topic of TOPICS) {
      source.addEventListener(topic, (event) => {
        const told = read((event as MessageEvent<string>).data);
        if (told === null) return;
        for (const listener of listeners.get(topic) ?? []) listener(told);
        gather(topic);
      });
    }
    source.addEventListener("error", () => {
      become("away");
      // A browser comes back by itself from a break of the connection, but not from an answer that is a refusal.
      if (source?.readyState !== 2) return;
      source.close();
      ask();
      waiting = setTimeout(begin, AGAIN_MS[Math.min(breaks, AGAIN_MS.length - 1)]);
      breaks += 1;
    });
  };
  begin();
  return () => {
    source?.close();
    clearTimeout(gathering);
    clearTimeout(waiting);
    become("coming");
  };
}

function read(data: string): Told | null {
  try {
    return JSON.parse(data) as Told;
  } catch {
    return null; // of a newer server, perhaps
  }
}
