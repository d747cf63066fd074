/** What a viewer can tell the player. */
export type Command =
  | "play"
  | "mute"
  | "full"
  | "pip"
  | "louder"
  | "quieter"
  | "back"
  | "on"
  | "subtitles"
  | "live"
  | "help";

export type Shortcut = { command: Command; keys: readonly string[]; shown: string; says: string };

/** Which key does what. `shown` is how a keyboard names it. */
export const SHORTCUTS: readonly Shortcut[] = [
  { command: "play", keys: [" ", "k"], shown: "Space, K", says: "Play, or pause" },
  { command: "mute", keys: ["m"], shown: "M", says: "Sound off, or on" },
  { command: "louder", keys: ["ArrowUp"], shown: "↑", says: "Louder" },
  { command: "quieter", keys: ["ArrowDown"], shown: "↓", says: "Quieter" },
  { command: "full", keys: ["f"], shown: "F", says: "Full screen" },
  { command: "pip", keys: ["i"], shown: "I", says: "Picture in picture" },
  { command: "subtitles", keys: ["c"], shown: "C", says: "Subtitles" },
  { command: "back", keys: ["ArrowLeft"], shown: "←", says: "Ten seconds back, where time shift is on" },
  { command: "on", keys: ["ArrowRight"], shown: "→", says: "Ten seconds on, where time shift is on" },
  { command: "live", keys: ["l"], shown: "L", says: "Back to live" },
  { command: "help", keys: ["?"], shown: "?", says: "This list" },
];

const HAS_OWN_KEYS = "input:not([type=range]), textarea, select, [contenteditable], [role=menu], dialog";
const IS_PRESSED = "button, a, summary, [role=button]";

/** What a key means where it was pressed: nothing where the browser or a menu has a use for it. */
export function commandOf(event: KeyboardEvent): Command | null {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return null;
  const at = event.target instanceof Element ? event.target : null;
  if (at?.closest(HAS_OWN_KEYS)) return null;
  if (event.key === " " && at?.closest(IS_PRESSED)) return null;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return SHORTCUTS.find(({ keys }) => keys.includes(key))?.command ?? null;
}

const KEPT = "streamsync-shortcuts";

/** Whether keys are taken though the player has no focus: speech input may type them by mistake (WCAG 2.1.4). */
export function shortcutsAreOn(): boolean {
  try {
    return localStorage.getItem(KEPT) !== "off";
  } catch {
    return true;
  }
}

export function setShortcuts(on: boolean): void {
  try {
    localStorage.setItem(KEPT, on ? "on" : "off");
  } catch {
    // It holds until the page is left: there is nowhere to keep it.
  }
}
