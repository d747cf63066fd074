import { useCallback, useEffect, useRef, useState } from "react";
import { Refused } from "../../api/client";
import { retryMs } from "./retry";

export type Asked<T> = {
  /** The newest answer; it stays while the server is away. */
  found: T | null;
  /** Why there was none the last time. */
  refused: Refused | null;
  /** Ask now. */
  again: () => void;
};

type Props<T> = {
  ask: () => Promise<T>;
  /** When to ask again after an answer, in milliseconds from now; null is never. */
  againMs: (found: T) => number | null;
  /** Whether to ask again after a refusal, by itself. */
  hopeful?: (refused: Refused) => boolean;
};

/** Asks, asks again when it is time to, and goes on asking, ever more seldom, while it is refused. */
export function useAsked<T>({ ask, againMs, hopeful = () => true }: Props<T>): Asked<T> {
  const [found, setFound] = useState<T | null>(null);
  const [refused, setRefused] = useState<Refused | null>(null);
  const [round, setRound] = useState(0);
  const how = useRef({ ask, againMs, hopeful });
  how.current = { ask, againMs, hopeful };
  const failures = useRef(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: each round asks once
  useEffect(() => {
    let [timer, dueMs, gone] = [0, Number.POSITIVE_INFINITY, false];
    const wait = (ms: number | null) => {
      if (gone || ms === null) return;
      dueMs = Date.now() + ms;
      timer = window.setTimeout(() => setRound((n) => n + 1), ms);
    };
    const seen = () => {
      if (!document.hidden && Date.now() >= dueMs) setRound((n) => n + 1);
    };
    how.current.ask().then(
      (answer) => {
        if (gone) return;
        failures.current = 0;
        setFound(answer);
        setRefused(null);
        wait(how.current.againMs(answer));
      },
      (error: unknown) => {
        if (gone) return;
        const why = error instanceof Refused ? error : new Refused(String(error), 0);
        setRefused(why);
        if (how.current.hopeful(why)) wait(retryMs(failures.current, why.retryAfterS));
        failures.current += 1;
      },
    );
    document.addEventListener("visibilitychange", seen);
    return () => {
      gone = true;
      window.clearTimeout(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  }, [round]);

  return { found, refused, again: useCallback(() => setRound((n) => n + 1), []) };
}
