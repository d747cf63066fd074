import { type RefObject, useEffect } from "react";
import { step } from "./about";
import { type Command, commandOf, shortcutsAreOn } from "./keys";
import { rootOf } from "./roots";
import type { Player } from "./types";

const STEP_MS = 10_000;
const LOUDER = 0.05;

/** Which subtitles come when they are switched on: those of the page's reader, else the first. */
function subtitlesToggled(player: Player): void {
  const { subtitle, subtitles } = player.state.get();
  const mine = subtitles.find(({ language }) => language !== null && navigator.language.startsWith(language));
  player.chooseSubtitles(subtitle === null ? ((mine ?? subtitles[0])?.index ?? null) : null);
}

function loudened(player: Player, by: number): void {
  const { volume, muted } = player.state.get();
  player.setVolume(Math.min(1, Math.max(0, (muted && by > 0 ? 0 : volume) + by)));
}

type Around = { box: HTMLElement | null; help: () => void };

/** Do what a viewer commands; `box` holds the controls. */
export function obey(player: Player, command: Command, { box, help }: Around): void {
  const state = player.state.get();
  const acts: Record<Command, () => void> = {
    play: () => (state.wanted && !state.blocked ? player.pause() : player.play()),
    mute: () => player.setMuted(!state.muted),
    full: () => box !== null && player.toggleFullscreen(box),
    pip: () => player.togglePictureInPicture(),
    louder: () => loudened(player, LOUDER),
    quieter: () => loudened(player, -LOUDER),
    back: () => step(player, -STEP_MS),
    on: () => step(player, STEP_MS),
    subtitles: () => subtitlesToggled(player),
    live: () => player.goLive(),
    help,
  };
  acts[command]();
}

/**
 * Takes keys that are pressed in the box, and, unless a viewer does not want it, where nothing has the focus. Other
 * people's pages, where the box is in a shadow tree, keep their own.
 */
export function useKeys(box: RefObject<HTMLElement | null>, act: (command: Command) => void): void {
  useEffect(() => {
    if (box.current === null) return;
    const root: EventTarget = rootOf(box.current);
    const pressed = (event: Event) => {
      if (!(event instanceof KeyboardEvent)) return;
      const inside = event.target instanceof Node && box.current?.contains(event.target);
      const nowhere = event.target === document.body && shortcutsAreOn();
      const command = inside || nowhere ? commandOf(event) : null;
      if (command === null) return;
      event.preventDefault(); // else the page scrolls, and a slider moves twice
      act(command);
    };
    root.addEventListener("keydown", pressed);
    return () => root.removeEventListener("keydown", pressed);
  }, [box, act]);
}
