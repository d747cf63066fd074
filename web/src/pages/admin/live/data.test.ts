import { expect, test } from "vitest";
import type { AnalyticsNow } from "../../../api/schema";
import { nextOf, togetherOf } from "./data";

const AT = "2026-11-28T12:00:00Z";
const NOON = Date.parse(AT);
const HOUR_MS = 3_600_000;

test("a moment is to come until it begins", () => {
  const once = { at: AT, every_s: null, until: null };
  expect(nextOf(once, NOON - 1)).toBe(NOON);
  expect(nextOf(once, NOON)).toBeNull();
});

test("one that comes again comes the next time, until it is over", () => {
  const hourly = { at: AT, every_s: 3600, until: "2026-11-28T14:30:00Z" };
  expect(nextOf(hourly, NOON + 1)).toBe(NOON + HOUR_MS);
  expect(nextOf(hourly, NOON + 1.5 * HOUR_MS)).toBe(NOON + 2 * HOUR_MS);
  expect(nextOf(hourly, NOON + 2 * HOUR_MS + 1)).toBeNull();
  expect(nextOf({ ...hourly, until: null }, NOON + 2 * HOUR_MS + 1)).toBe(NOON + 3 * HOUR_MS);
});

const audience = (concurrent: number, within_40ms: number | null) =>
  ({ concurrent, facts: { sync: { within_40ms } } }) as AnalyticsNow;

test("those in sync are the part of the audience whose players tell so", () => {
  expect(togetherOf(audience(8, 0.75))).toEqual({ watching: 8, measured: true, inSync: 6 });
  expect(togetherOf(audience(3, null))).toEqual({ watching: 3, measured: false, inSync: 0 });
});
