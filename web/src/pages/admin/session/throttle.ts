import { useCallback, useEffect, useState } from "react";
import { Refused } from "../../../api/client";

/** One attempt at a time; after one that was refused as too many, `waitS` counts down to when it may be tried again. */
export function useThrottle() {
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const [waitS, setWaitS] = useState(0);
  useEffect(() => {
    if (waitS <= 0) return;
    const later = setTimeout(() => setWaitS(waitS - 1), 1000);
    return () => clearTimeout(later);
  }, [waitS]);
  const attempt = useCallback(async (act: () => Promise<void>) => {
    setBusy(true);
    setError(null);
    try {
      await act();
    } catch (failure) {
      setError(failure);
      if (failure instanceof Refused && failure.status === 429) setWaitS(Math.ceil(failure.retryAfterS ?? 1));
    } finally {
      setBusy(false);
    }
  }, []);
  return { error, busy, waitS, attempt };
}
