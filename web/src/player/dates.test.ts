import { expect, it } from "vitest";
import { assetAt, dateAt, lists, timeAt } from "./dates";

const NOON = Date.UTC(2026, 0, 1, 12);
const SEGMENTS = [
  { start: 10, duration: 4, programDateTime: NOON, relurl: "/chunks/assets/aa/cmaf/v1/1.m4s" },
  { start: 14, duration: 3.5, programDateTime: NOON + 4000, relurl: "/chunks/assets/aa/cmaf/v1/2.m4s" },
  // The decoder's time goes on 20 ms later than dates do: what is played is dated by its own segment.
  { start: 17.52, duration: 4, programDateTime: NOON + 7500, relurl: "https://cdn/x/assets/bb/cmaf/v1/0.m4s?q=1" },
];

it.each([
  [10, 0],
  [13.99, 3990],
  [14, 4000],
  [17.52, 7500],
  [25, 14_980], // beyond the last
  [8, -2000], // before the first
])("the place %d s has its segment's date", (timeS, afterNoon) => {
  expect(dateAt(SEGMENTS, timeS)).toBeCloseTo(NOON + afterNoon, 3);
});

it.each([-2000, 0, 3990, 7500, 9000, 20_000])("a date %d ms after noon is found again", (afterNoon) => {
  expect(dateAt(SEGMENTS, timeAt(SEGMENTS, NOON + afterNoon) ?? 0)).toBeCloseTo(NOON + afterNoon, 3);
});

it("knows what is listed", () => {
  expect([-1, 0, 11_499, 11_500].map((ms) => lists(SEGMENTS, NOON + ms))).toEqual([false, true, true, false]);
});

it("knows nothing without segments, or without dates", () => {
  for (const segments of [[], [{ start: 0, duration: 4, programDateTime: null }]]) {
    expect(dateAt(segments, 1)).toBeNull();
    expect(timeAt(segments, NOON)).toBeNull();
    expect(lists(segments, NOON)).toBe(false);
    expect(assetAt(segments, 1)).toBeNull();
  }
});

it("tells an asset by the address of its segment", () => {
  expect([12, 15, 18].map((timeS) => assetAt(SEGMENTS, timeS))).toEqual(["aa", "aa", "bb"]);
});
