import { useEffect, useState } from "react";
import { Refused } from "../../../api/client";
import { useAttempt } from "../../../ui/useAttempt";

/** One attempt at a time; after one that was refused as too many, `waitS` counts down to when it may be tried again. */
export function useThrottle() {
  const { busy, error, attempt } = useAttempt();
  const [waitS, setWaitS] = useState(0);
  useEffect(() => {
    if (error instanceof Refused && error.status === 429) setWaitS(Math.ceil(error.retryAfterS ?? 1));
  }, [error]);
  useEffect(() => {
    if (waitS <= 0) return;
    const later = setTimeout(() => setWaitS(waitS - 1), 1000);
    return () => clearTimeout(later);
  }, [waitS]);
  return { error, busy, waitS, attempt };
}
