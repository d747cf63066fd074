/** The timeline's geometry: instants and pixels, and the marks of its ruler in the browser's zone. Pure. */

export type Span = { fromMs: number; untilMs: number };
export type Mark = { atMs: number; label: string; strong: boolean };

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** How much the timeline shows at once, from near to far. */
export const ZOOMS_MS = [2, 5, 15, 60, 180, 720, 1440].map((minutes) => minutes * MINUTE_MS);
const STEPS_MS = [
  10 * SECOND_MS,
  30 * SECOND_MS,
  ...[1, 2, 5, 10, 15, 30, 60, 120, 180, 360].map((m) => m * MINUTE_MS),
];
const MARK_PX = 88;

/** Where an instant is, in pixels from the left edge of what is shown. */
export function pixel(atMs: number, { fromMs, untilMs }: Span, width: number): number {
  return ((atMs - fromMs) / (untilMs - fromMs)) * width;
}

/** The instant at a pixel: `pixel` backwards. */
export function instantAt(px: number, { fromMs, untilMs }: Span, width: number): number {
  return width > 0 ? fromMs + (px / width) * (untilMs - fromMs) : fromMs;
}

/** What is shown when one goes nearer or farther by so many steps, with `aroundMs` staying where it is. */
export function zoomed(span: Span, steps: number, aroundMs: number): Span {
  const length = span.untilMs - span.fromMs;
  const at = ZOOMS_MS.findIndex((one) => one >= length);
  const next = ZOOMS_MS[Math.min(ZOOMS_MS.length - 1, Math.max(0, (at < 0 ? ZOOMS_MS.length - 1 : at) + steps))];
  if (next === undefined) return span;
  const share = Math.min(1, Math.max(0, (aroundMs - span.fromMs) / length));
  const fromMs = Math.round(aroundMs - share * next);
  return { fromMs, untilMs: fromMs + next };
}

/** What is shown when one goes on by a part of it; negative is back. */
export function moved({ fromMs, untilMs }: Span, part: number): Span {
  const by = Math.round((untilMs - fromMs) * part);
  return { fromMs: fromMs + by, untilMs: untilMs + by };
}

/** The day of the browser's zone that an instant is in: 23 or 25 hours long when the clock changes. */
export function dayOf(atMs: number): Span {
  const at = new Date(atMs);
  const [year, month, day] = [at.getFullYear(), at.getMonth(), at.getDate()];
  return { fromMs: new Date(year, month, day).getTime(), untilMs: new Date(year, month, day + 1).getTime() };
}

/** The same time of another day, in the browser's zone: what is shown keeps its length. */
export function daysOn({ fromMs, untilMs }: Span, days: number): Span {
  const at = new Date(fromMs);
  at.setDate(at.getDate() + days);
  return { fromMs: at.getTime(), untilMs: at.getTime() + untilMs - fromMs };
}

/**
 * The marks of the ruler: at round times of the browser's zone, as many as there is room for. Steps of more than an hour
 * go by the clock, so a day on which it changes has its marks at 00:00, 03:00 and so on like every other.
 */
export function marks(span: Span, width: number): Mark[] {
  const room = Math.max(1, Math.floor(width / MARK_PX));
  const step = STEPS_MS.find((one) => (span.untilMs - span.fromMs) / one <= room) ?? 6 * HOUR_MS;
  const found: Mark[] = [];
  for (let atMs = firstMark(span.fromMs, step); atMs <= span.untilMs; atMs = nextMark(atMs, step)) {
    const at = new Date(atMs);
    const midnight = at.getHours() === 0 && at.getMinutes() === 0 && at.getSeconds() === 0;
    found.push({ atMs, label: midnight ? dayName(atMs) : clock(atMs, step < MINUTE_MS), strong: midnight });
  }
  return found;
}

function firstMark(fromMs: number, step: number): number {
  const midnight = dayOf(fromMs).fromMs;
  let at = step > HOUR_MS ? midnight : midnight + Math.floor((fromMs - midnight) / step) * step;
  while (at < fromMs) at = nextMark(at, step);
  return at;
}

function nextMark(atMs: number, step: number): number {
  if (step <= HOUR_MS) return atMs + step;
  const at = new Date(atMs);
  const next = new Date(at.getFullYear(), at.getMonth(), at.getDate(), at.getHours() + step / HOUR_MS).getTime();
  return next > atMs ? next : atMs + step;
}

function clock(atMs: number, seconds: boolean): string {
  const how: Intl.DateTimeFormatOptions = {
    hour: "2-digit",
    minute: "2-digit",
    ...(seconds && { second: "2-digit" }),
  };
  return new Intl.DateTimeFormat(undefined, how).format(new Date(atMs));
}

function dayName(atMs: number): string {
  return new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short" }).format(
    new Date(atMs),
  );
}

/** The browser's zone, as `Europe/Berlin`. */
export function zone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
