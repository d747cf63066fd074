import { useEffect } from "react";

/** Keeps the screen from sleeping while `awake`. */
export function useWakeLock(awake: boolean): void {
  useEffect(() => {
    if (!awake || !("wakeLock" in navigator)) return;
    let [lock, gone]: [WakeLockSentinel | null, boolean] = [null, false];
    const hold = async () => {
      if (document.hidden) return; // the browser lets go of it then
      try {
        lock = await navigator.wakeLock.request("screen");
        if (gone) await lock.release();
      } catch {
        // The system saves power: that is its choice.
      }
    };
    hold();
    document.addEventListener("visibilitychange", hold);
    return () => {
      gone = true;
      document.removeEventListener("visibilitychange", hold);
      lock?.release().catch(() => undefined);
    };
  }, [awake]);
}
