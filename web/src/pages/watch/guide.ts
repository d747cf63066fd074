import { useCallback, useEffect, useRef, useState } from "react";
import type { WatchEntry } from "../../api/schema";
import { onAt } from "../../player/thumbnails";
import { type ServerNow, useReached } from "../public/clock";
import { retryMs } from "../public/retry";

const AHEAD = 8; // entries asked for
const JITTER_MS = 4_000;
const PAGE = 24; // entries asked for at once of the past

/** Those that are not over, and those that one list says more newly than the other. Both are in order. */
export function merged(old: readonly WatchEntry[], fresh: readonly WatchEntry[]): WatchEntry[] {
  const first = fresh[0];
  if (first === undefined) return [...old];
  const last = fresh[fresh.length - 1] ?? first;
  const before = old.filter((one) => Date.parse(one.starts) < Date.parse(first.starts));
  const after = old.filter((one) => Date.parse(one.starts) >= Date.parse(last.ends));
  return [...before, ...fresh, ...after];
}

/** Asks for what a viewer sees from an instant on, Unix ms; null is now. */
export type AskGuide = (fromMs: number | null, limit: number) => Promise<WatchEntry[]>;

export type Guide = {
  /** All that is known, in order: some of the past, what is on, what is next. Null while nothing is. */
  entries: readonly WatchEntry[] | null;
  /** Ask for what was on at an instant of the past, unless it is known. */
  look: (atMs: number) => void;
};

/** What the viewer sees. It is asked for again at each boundary by the server's clock, not in between. */
export function useGuide(ask: AskGuide, now: ServerNow, playing: boolean): Guide {
  const [entries, setEntries] = useState<readonly WatchEntry[] | null>(null);
  const [round, setRound] = useState(0);
  const failures = useRef(0);
  const looking = useRef(false);
  const take = useCallback((fresh: WatchEntry[]) => setEntries((old) => merged(old ?? [], fresh)), []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: each round asks once
  useEffect(() => {
    if (!playing) return;
    let [timer, gone] = [0, false];
    const again = (ms: number) => {
      if (!gone) timer = window.setTimeout(() => setRound((n) => n + 1), ms);
    };
    ask(null, AHEAD).then(
      (fresh) => {
        failures.current = 0;
        if (!gone) take(fresh);
        const ends = fresh[0]?.ends;
        const wait = ends === undefined ? JITTER_MS : Math.max(0, Date.parse(ends) - now());
        again(wait + JITTER_MS * (0.1 + Math.random()));
      },
      () => {
        again(retryMs(failures.current, null));
        failures.current += 1;
      },
    );
    return () => {
      gone = true;
      window.clearTimeout(timer);
    };
  }, [round, ask, playing]);

  const known = useRef(entries);
  known.current = entries;
  const look = useCallback(
    (atMs: number) => {
      if (looking.current || onAt(known.current ?? [], atMs) !== null) return;
      looking.current = true;
      ask(atMs, PAGE)
        .then(take, () => undefined)
        .finally(() => {
          looking.current = false;
        });
    },
    [ask, take],
  );
  return { entries, look };
}

/** What is on at `atMs`, which is how far behind the clock the viewer is, and what comes after; renders at each boundary. */
export function useNowAndNext(entries: readonly WatchEntry[] | null, now: ServerNow, behindMs: number) {
  const atMs = now() - behindMs;
  const on = entries === null ? null : onAt(entries, atMs);
  useReached(now, on === null ? null : Date.parse(on.ends) + behindMs);
  const next = (entries ?? []).filter((one) => Date.parse(one.starts) > atMs);
  return { on, next };
}
