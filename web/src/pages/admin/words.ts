const UNITS = ["B", "KB", "MB", "GB", "TB"];

/** `12.3 MB` of a number of bytes. */
export function bytes(count: number): string {
  let [value, unit] = [count, 0];
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 99.5 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** `1 h 5 min`, `2 min 3 s` or `4 s` of a number of seconds. */
export function span(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  const [h, min] = [Math.floor(s / 3600), Math.floor((s % 3600) / 60)];
  if (h > 0) return min > 0 ? `${h} h ${min} min` : `${h} h`;
  if (min > 0) return s % 60 > 0 ? `${min} min ${s % 60} s` : `${min} min`;
  return `${s} s`;
}

/** `1:02:03` or `2:03` of a number of seconds: how long something plays. */
export function runtime(seconds: number): string {
  const s = Math.round(seconds);
  const two = (n: number) => String(n).padStart(2, "0");
  const [h, min] = [Math.floor(s / 3600), Math.floor((s % 3600) / 60)];
  return h > 0 ? `${h}:${two(min)}:${two(s % 60)}` : `${min}:${two(s % 60)}`;
}

const WHEN: Intl.DateTimeFormatOptions = {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  timeZoneName: "short",
};

/** `28 Nov 2026, 20:15 CET` in the browser's zone. */
export function when(at: string | number): string {
  return new Intl.DateTimeFormat(undefined, WHEN).format(new Date(at));
}
