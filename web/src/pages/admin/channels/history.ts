/** A channel's audit trail in words. Pure. */

import type { AuditLine } from "../../../api/schema";

type Line = Pick<AuditLine, "kind" | "name" | "what" | "changed">;

const FIELDS: Record<string, string> = {
  revisions: "the pool, its rules or filler",
  query: "what the pool follows",
  moments: "moments",
  edits: "what airs next",
  cohorts: "cohorts",
  plans: "plans",
  public: "who may watch",
  title: "the title",
  description: "the description",
  timeshift_s: "the time shift",
};
const WHAT: Record<NonNullable<Line["what"]>, string> = {
  made: "was made",
  changed: "changed",
  gone: "was removed",
  done: "was done",
};
// Beside these, others change that nobody set by hand.
const OF_RUNS = ["epoch_ms", "stop_tick"];

/** What a change was of: `The pool, its rules or filler changed`. */
export function changeText({ kind, name, what, changed }: Line): string {
  if (kind !== "channel") return `${kind} ${name} ${WHAT[what]}`;
  if (what !== "changed") return `The channel ${WHAT[what]}`;
  const run = runText(changed ?? {});
  if (run !== null) return run;
  const named = Object.keys(changed ?? {}).flatMap((field) => FIELDS[field] ?? []);
  const text = named.length === 0 ? "the channel" : named.join(", ");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)} changed`;
}

function runText(changed: NonNullable<Line["changed"]>): string | null {
  const { epoch_ms: epoch, stop_tick: stop } = changed;
  if (stop && stop.after !== null) return "The channel was stopped";
  if (epoch && epoch.after === null) return "The channel is not to begin";
  return epoch || stop ? "The channel was started" : null;
}

/** Whether it can be asked to be undone: what is surely refused has no button. */
export function canUndo({ kind, what, changed }: Line): boolean {
  if (what === "gone" || kind === "profiles") return false;
  if (kind !== "channel") return true;
  return what !== "made" && !OF_RUNS.some((field) => field in (changed ?? {}));
}
