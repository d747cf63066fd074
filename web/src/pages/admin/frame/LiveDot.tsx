import { classes } from "../../../ui/classes";
import { type LinkState, useLinkState } from "../events";

const LOOKS: Record<LinkState, { word: string; told: string; dot: string }> = {
  live: { word: "Live", told: "Changes are shown as they happen", dot: "bg-good" },
  coming: { word: "Connecting", told: "Connecting to the server's events", dot: "bg-muted" },
  away: { word: "Asking", told: "The server's events do not come; it is asked every few seconds", dot: "bg-warn" },
};

/** Whether what is shown is what is. */
export function LiveDot() {
  const { word, told, dot } = LOOKS[useLinkState()];
  return (
    <span role="status" title={told} className="mr-1 inline-flex items-center gap-2 px-2 text-xs text-muted">
      <span aria-hidden className={classes("size-2 rounded-full", dot)} />
      <span className="sr-only sm:not-sr-only">{word}</span>
    </span>
  );
}
