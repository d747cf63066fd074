/** Which clips of a day can be moved, and what to ask the server for to have it so. Pure. */
import type { Entry, NewOrder } from "../../../../api/schema";

/** Places are those of the entries as the server told them. */
export type Deed =
  | { kind: "move"; from: number; to: number }
  | { kind: "insert"; at: number; asset: string }
  | { kind: "replace"; at: number; asset: string }
  | { kind: "skip"; at: number };

/**
 * An edit without its notice. It is to take effect at the clip boundary `startsMs`, so it has to count from after the
 * boundary before that: from `leadMs` before.
 */
export type Wish = { startsMs: number; leadMs: number; body: NewOrder };

/** A change stays so far clear of what players have listed. */
const MARGIN_MS = 9000;
const LEAD_MS = 5000;
const LONGEST = 100; // clips in one edit

/** Until when nothing can be changed any more. `lookaheadTicks`: the channel's. */
export function horizonMs(nowMs: number, lookaheadTicks: number): number {
  return nowMs + lookaheadTicks / 90 + MARGIN_MS;
}

/** Whether a clip is still to come and the viewer's own: not a moment, nor what leads to one. */
export function isMovable(entry: Entry | undefined, horizon: number): boolean {
  return (
    entry?.kind === "clip" && entry.moment === null && entry.ends !== null && Date.parse(entry.starts) >= horizon
  );
}

/** The places that a clip may be moved to: as far as clips can be moved and are in one piece with it. */
export function runOf(entries: readonly Entry[], at: number, horizon: number): [first: number, last: number] {
  const joins = (one: number, next: number) =>
    isMovable(entries[one], horizon) &&
    isMovable(entries[next], horizon) &&
    entries[one]?.part === entries[next]?.part &&
    entries[one]?.ends === entries[next]?.starts;
  let [first, last] = [at, at];
  while (joins(first - 1, first) && at - first < LONGEST - 1) first -= 1;
  while (joins(last, last + 1) && last - at < LONGEST - 1) last += 1;
  return [first, last];
}

/** The place in a run whose clip is on at an instant: where one drops it. */
export function placeAt(entries: readonly Entry[], [first, last]: readonly [number, number], atMs: number): number {
  let found = first;
  while (found < last && Date.parse(entries[found]?.ends ?? "") <= atMs) found += 1;
  return found;
}

/** The entries with one moved to another place, each beginning where the one before ends. */
export function reordered(entries: readonly Entry[], from: number, to: number): Entry[] {
  const shown = [...entries];
  const [one] = shown.splice(from, 1);
  if (one === undefined) return [...entries];
  shown.splice(to, 0, one);
  let at = Date.parse(entries[Math.min(from, to)]?.starts ?? "");
  for (let place = Math.min(from, to); place <= Math.max(from, to); place += 1) {
    const entry = shown[place];
    if (entry === undefined) break;
    const starts = new Date(at).toISOString();
    at += Date.parse(entry.ends ?? entry.starts) - Date.parse(entry.starts);
    shown[place] = { ...entry, starts, ends: new Date(at).toISOString() };
  }
  return shown;
}

/** Which of the next clips airs first, second and so on, counted from 1, when the first of `count` moves. */
export function orderOf(from: number, to: number): number[] {
  const [first, last] = [Math.min(from, to), Math.max(from, to)];
  const order = Array.from({ length: last - first + 1 }, (_, place) => place + 1);
  const [one] = order.splice(from - first, 1);
  order.splice(to - first, 0, one ?? 1);
  return order;
}

/** What to ask for. Null where there is nothing to do. */
export function wishOf(deed: Deed, entries: readonly Entry[]): Wish | null {
  if (deed.kind === "move" && deed.from === deed.to) return null;
  const at = deed.kind === "move" ? Math.min(deed.from, deed.to) : deed.at;
  const [entry, before] = [entries[at], entries[at - 1]];
  if (entry === undefined) return null;
  const startsMs = Date.parse(entry.starts);
  const length = before === undefined ? LEAD_MS : startsMs - Date.parse(before.starts);
  return { startsMs, leadMs: Math.min(LEAD_MS, length / 2), body: bodyOf(deed) };
}

function bodyOf(deed: Deed): NewOrder {
  const none = { clips: [], drop: 0, notice_s: 0 };
  if (deed.kind === "move") return { ...none, order: orderOf(deed.from, deed.to) };
  if (deed.kind === "skip") return { ...none, drop: 1 };
  return { ...none, clips: [deed.asset], drop: deed.kind === "replace" ? 1 : 0 };
}

/** What to send now. Throws when players may have listed by now what it would change. */
export function bodyNow({ startsMs, leadMs, body }: Wish, horizon: number): NewOrder {
  if (startsMs < horizon) throw new Error("Players have listed this by now. Close this, and choose a later clip.");
  return { ...body, notice_s: Math.max(0, Math.round(startsMs - leadMs - horizon)) / 1000 };
}
