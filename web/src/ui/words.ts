/** `1:02:03` or `2:03` of a number of milliseconds. */
export function clockTime(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const [hours, minutes, seconds] = [Math.floor(s / 3600), Math.floor((s % 3600) / 60), s % 60];
  const two = (n: number) => String(n).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

/** `20:15` in the browser's zone, with the seconds where a minute is too coarse. */
export function timeOfDay(at: string | number, seconds = false): string {
  const how: Intl.DateTimeFormatOptions = {
    hour: "2-digit",
    minute: "2-digit",
    ...(seconds && { second: "2-digit" }),
  };
  return new Intl.DateTimeFormat(undefined, how).format(new Date(at));
}

/** `Saturday, 28 November 2026, 20:15 CET`. */
export function instant(at: string | number): string {
  const how: Intl.DateTimeFormatOptions = {
    weekday: "long",
    day: "numeric",
    month: "long",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    timeZoneName: "short",
  };
  return new Intl.DateTimeFormat(undefined, how).format(new Date(at));
}

/** How far an instant is between two, from 0 to 1. */
export function share(nowMs: number, starts: string, ends: string): number {
  const [from, until] = [Date.parse(starts), Date.parse(ends)];
  return until > from ? Math.min(1, Math.max(0, (nowMs - from) / (until - from))) : 0;
}

/** What is said of something that was thrown. */
export function failureText(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure);
}
