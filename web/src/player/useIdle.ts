import { type RefObject, useEffect, useState } from "react";

const IDLE_MS = 3_000;
const SIGNS = ["pointermove", "pointerdown", "keydown", "focusin"] as const;

/**
 * Whether nobody has moved, typed or touched anything in a box for three seconds; never while `busy`.
 * Gives also how to be idle at once: a second tap hides what the first has shown.
 */
export function useIdle(box: RefObject<HTMLElement | null>, busy: boolean): [boolean, (idle: boolean) => void] {
  const [idle, setIdle] = useState(false);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    if (busy) {
      setIdle(false);
      return;
    }
    let timer = 0;
    const rest = () => {
      window.clearTimeout(timer);
      timer = window.setTimeout(() => setIdle(true), IDLE_MS);
    };
    const seen = (event: Event) => {
      // A tap decides itself, when it ends, whether it shows or hides.
      if (!(event instanceof PointerEvent && event.pointerType === "touch")) setIdle(false);
      rest();
    };
    const left = (event: PointerEvent) => {
      if (event.pointerType === "mouse") setIdle(true);
    };
    rest();
    for (const sign of SIGNS) element.addEventListener(sign, seen);
    element.addEventListener("pointerleave", left);
    return () => {
      window.clearTimeout(timer);
      for (const sign of SIGNS) element.removeEventListener(sign, seen);
      element.removeEventListener("pointerleave", left);
    };
  }, [box, busy]);
  return [idle && !busy, setIdle];
}
