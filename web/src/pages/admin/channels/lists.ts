/** Lists and numbers as text in fields, and back. Pure. */

/** `kids, sea` as a list, without what is empty or said twice. */
export function words(text: string): string[] {
  const all = text.split(",").map((one) => one.trim());
  return [...new Set(all.filter((one) => one !== ""))];
}

/** A whole number from `least` to `most`, or null. */
export function whole(text: string, least: number, most = Number.MAX_SAFE_INTEGER): number | null {
  const value = Number(text);
  return /^\d+$/.test(text.trim()) && value >= least && value <= most ? value : null;
}

const UNITS: Record<string, number> = { s: 1, m: 60, h: 3600 };

/** The seconds of `90s`, `30m` or `2h`; a number alone is minutes. Or null. */
export function spanSeconds(text: string): number | null {
  const found = /^(\d{1,9})\s*([smh]?)$/.exec(text.trim());
  return found === null ? null : Number(found[1]) * (UNITS[found[2] || "m"] ?? 60);
}

/** `2h`, `30m` or `90s` of a number of seconds. */
export function spanText(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600}h`;
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}

/** `kids=1, news=-0.5` as numbers by tag, or null where something else stands there. */
export function likesOf(text: string): Record<string, number> | null {
  const likes: Record<string, number> = {};
  for (const one of words(text)) {
    const found = /^(.+?)\s*=\s*(-?\d+(\.\d+)?)$/.exec(one);
    if (found?.[1] === undefined || Math.abs(Number(found[2])) > 1) return null;
    likes[found[1].trim()] = Number(found[2]);
  }
  return likes;
}

export function likesText(likes: Record<string, number>): string {
  return Object.entries(likes)
    .map(([tag, much]) => `${tag}=${much}`)
    .join(", ");
}

/** Whether two values say the same. */
export function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
