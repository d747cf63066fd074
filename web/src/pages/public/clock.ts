import { useEffect, useState } from "react";

/** The server's clock in Unix milliseconds, as far as it is known. */
export type ServerNow = () => number;

/** The clock of a server that said `nowMs` between two instants of our own. */
export function clockOf(nowMs: number, askedMs: number, answeredMs: number): ServerNow {
  const offset = nowMs - (askedMs + answeredMs) / 2;
  return () => Date.now() + offset;
}

const LONGEST_MS = 60_000; // timers of a sleeping page are late: it looks at the clock again

/** Renders again when the clock reaches `atMs`; null is never. Gives whether it has. */
export function useReached(now: ServerNow, atMs: number | null): boolean {
  const [, again] = useState(0);
  const reached = atMs !== null && now() >= atMs;
  useEffect(() => {
    if (atMs === null) return;
    let timer = 0;
    const wait = () => {
      const left = atMs - now();
      if (left > 0) timer = window.setTimeout(wait, Math.min(left, LONGEST_MS));
      else again((n) => n + 1);
    };
    wait();
    document.addEventListener("visibilitychange", wait);
    return () => {
      window.clearTimeout(timer);
      document.removeEventListener("visibilitychange", wait);
    };
  }, [now, atMs]);
  return reached;
}

/** Renders at each full second of the clock, and gives its time. */
export function useSeconds(now: ServerNow): number {
  const [nowMs, setNowMs] = useState(now);
  useEffect(() => {
    let timer = 0;
    const tick = () => {
      const at = now();
      setNowMs(at);
      timer = window.setTimeout(tick, 1000 - (at % 1000) + 5);
    };
    tick();
    return () => window.clearTimeout(timer);
  }, [now]);
  return nowMs;
}
