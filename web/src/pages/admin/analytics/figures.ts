import type { AnalyticsNow, AnalyticsSeries } from "../../../api/schema";
import type { Bar } from "../parts/Bars";

export type Facts = AnalyticsSeries["facts"];
export type Point = AnalyticsSeries["points"][number];
export type Now = AnalyticsNow;

/** `12 ms` or `1.2 s`; a dash where nobody knows. */
export function millis(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  return Math.abs(value) < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`;
}

/** `98.5 %` of a share. */
export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined) return "–";
  const value = share * 100;
  return `${value > 0 && value < 99.95 ? value.toFixed(1) : Math.round(value)} %`;
}

/** `1,234`, `12.3k` of a count. */
export function count(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  return new Intl.NumberFormat(undefined, {
    notation: value >= 100_000 ? "compact" : "standard",
    maximumFractionDigits: 1,
  }).format(value);
}

type Bin = { over_ms: number | null; up_to_ms: number | null; count: number };

/** The bins of a histogram, each called by its lower end. */
export function bars(bins: readonly Bin[]): Bar[] {
  return bins.map(({ over_ms: over, up_to_ms: until, count }) => {
    const [low, high] = [over === null ? null : millis(over), until === null ? null : millis(until)];
    const told = low === null ? `up to ${high}` : high === null ? `over ${low}` : `${low} to ${high}`;
    return { name: low ?? `< ${high}`, count, told: `${told}: ${count}` };
  });
}

export const RANGES: Record<string, { title: string; s: number }> = {
  "15m": { title: "15 minutes", s: 900 },
  "2h": { title: "2 hours", s: 7200 },
  "1d": { title: "a day", s: 86_400 },
  "7d": { title: "7 days", s: 7 * 86_400 },
  "90d": { title: "90 days", s: 90 * 86_400 },
};

/** Where the points of a channel come from, for a range that ends now. */
export function reach(range: string, nowMs: number): { from: string; to: string } {
  const s = RANGES[range]?.s ?? 7200;
  const to = Math.floor(nowMs / 10_000) * 10;
  return { from: String(to - s), to: String(to) };
}
