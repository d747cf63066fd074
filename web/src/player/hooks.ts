import { type RefObject, useEffect, useReducer, useSyncExternalStore } from "react";
import type { Store } from "./store";

/** The value of a store; renders again when it changes. */
export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.get);
}

/** Renders again every so many milliseconds, for what changes by itself. */
export function useRedrawn(everyMs: number): void {
  const [, again] = useReducer((n: number) => n + 1, 0);
  useEffect(() => {
    const timer = window.setInterval(again, everyMs);
    return () => window.clearInterval(timer);
  }, [everyMs]);
}

/** Does `act` when somebody presses outside of a box, while `on`. In a shadow tree the document sees its host alone. */
export function useOutside(box: RefObject<HTMLElement | null>, on: boolean, act: () => void): void {
  useEffect(() => {
    if (!on) return;
    const pressed = (event: PointerEvent) => {
      if (box.current !== null && !event.composedPath().includes(box.current)) act();
    };
    document.addEventListener("pointerdown", pressed);
    return () => document.removeEventListener("pointerdown", pressed);
  }, [box, on, act]);
}
