/** Instants as fields have them (`2026-03-29T02:30`, by the clocks of a time zone), and as the API has them. Pure. */

const DAY_MS = 86_400_000;

/** What a time by the clock means; where clocks are set it is `left out` that day, or comes `twice`. */
export type Meant = { at: string; note: "left out" | "twice" | null };

/** The browser's time zone, such as `Europe/Berlin`. */
export function zoneHere(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** How far the clocks of a zone are ahead of UTC at an instant, in ms. */
export function offsetMs(atMs: number, zone: string): number {
  const shown = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  }).formatToParts(atMs);
  const n = (type: string) => Number(shown.find((part) => part.type === type)?.value);
  const wall = Date.UTC(n("year"), n("month") - 1, n("day"), n("hour"), n("minute"), n("second"));
  return wall - Math.floor(atMs / 1000) * 1000;
}

/** What a field says: of a time that comes twice the first, of one that is left out as long after the change. Or null. */
export function meant(text: string, zone: string): Meant | null {
  const wall = Date.parse(`${text}Z`);
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/.test(text) || Number.isNaN(wall)) return null;
  const [before, after] = [offsetMs(wall - DAY_MS, zone), offsetMs(wall + DAY_MS, zone)];
  const found = [...new Set([wall - before, wall - after])].filter((at) => at + offsetMs(at, zone) === wall);
  const at = found.length > 0 ? Math.min(...found) : wall - before;
  const note = found.length === 0 ? "left out" : found.length > 1 ? "twice" : null;
  return { at: new Date(at).toISOString(), note };
}

/** An instant as a field has it, to the minute. */
export function local(at: string | number, zone: string): string {
  const ms = new Date(at).getTime();
  return new Date(ms + offsetMs(ms, zone)).toISOString().slice(0, 16);
}
