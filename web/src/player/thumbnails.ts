import type { WatchEntry } from "../api/schema";

/** A small picture out of a sheet: which sheet, and where on it, in pixels. */
export type Cell = { url: string; x: number; y: number; width: number; height: number };

/** The picture of an entry at an instant, Unix ms; null where it has none. */
export function cellAt(entry: WatchEntry, atMs: number): Cell | null {
  const sheet = entry.thumbnails;
  if (sheet === null || sheet.count < 1) return null;
  const second = entry.asset_from_s + Math.max(0, atMs - Date.parse(entry.starts)) / 1000;
  const n = Math.min(Math.floor(second / sheet.every_s), sheet.count - 1);
  return {
    url: sheet.url,
    x: (n % sheet.columns) * sheet.width,
    y: Math.floor(n / sheet.columns) * sheet.height,
    width: sheet.width,
    height: sheet.height,
  };
}

/** The entry that is on at an instant, Unix ms. */
export function onAt(entries: readonly WatchEntry[], atMs: number): WatchEntry | null {
  return entries.find((one) => Date.parse(one.starts) <= atMs && atMs < Date.parse(one.ends)) ?? null;
}
