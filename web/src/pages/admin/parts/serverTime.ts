import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import { keys } from "../keys";

const ASKED_MS = 300_000;

/** How far the server's clock is ahead of this device's, ms. */
async function offset(): Promise<number> {
  const before = Date.now();
  const response = await fetch("/time", { cache: "no-store" });
  const { now_ms } = (await response.json()) as { now_ms: number };
  return now_ms - (before + Date.now()) / 2;
}

/** The server's clock, Unix ms; this device's until it is known. Good to the time that an answer takes. */
export function useServerClock(): () => number {
  const { data = 0 } = useQuery({
    queryKey: keys.time,
    queryFn: offset,
    staleTime: ASKED_MS,
    refetchInterval: ASKED_MS,
  });
  return useCallback(() => Date.now() + data, [data]);
}

/** The same as it goes on. */
export function useServerNow(everyMs = 1000): number {
  const clock = useServerClock();
  const [now, setNow] = useState(clock);
  useEffect(() => {
    setNow(clock());
    const timer = setInterval(() => setNow(clock()), everyMs);
    return () => clearInterval(timer);
  }, [clock, everyMs]);
  return now;
}
