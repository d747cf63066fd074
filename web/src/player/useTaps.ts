import { type MouseEvent, useEffect, useRef } from "react";
import type { Command } from "./keys";
import type { Player } from "./types";

const DOUBLE_MS = 300;

type TapsProps = {
  player: Player;
  act: (command: Command) => void;
  idle: boolean;
  setIdle: (idle: boolean) => void;
};

/**
 * What a click or a tap on the picture does. The first of all gives sound where the browser took it. A double one is
 * full screen; a single click plays or pauses, a single tap shows or hides the controls.
 */
export function useTaps({ player, act, idle, setIdle }: TapsProps): (event: MouseEvent) => void {
  const lastMs = useRef(0);
  const timer = useRef(0);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  return (event) => {
    const state = player.state.get();
    if (state.blocked) return player.play();
    if (state.mutedByBrowser && state.muted) return player.setMuted(false);
    window.clearTimeout(timer.current);
    const double = event.timeStamp - lastMs.current < DOUBLE_MS;
    lastMs.current = double ? 0 : event.timeStamp;
    if (double) return act("full");
    if ((event.nativeEvent as PointerEvent).pointerType === "touch") return setIdle(!idle);
    timer.current = window.setTimeout(() => act("play"), DOUBLE_MS);
  };
}
