import { expect, test } from "vitest";
import { bars, count, millis, percent, reach } from "./figures";

test("a bin is told by its ends", () => {
  const bins = [
    { over_ms: null, up_to_ms: -5000, count: 0 },
    { over_ms: -10, up_to_ms: 10, count: 19 },
    { over_ms: 5000, up_to_ms: null, count: 1 },
  ];
  expect(bars(bins).map((bar) => bar.told)).toEqual(["up to -5.0 s: 0", "-10 ms to 10 ms: 19", "over 5.0 s: 1"]);
});

test("what nobody knows is a dash, not a zero", () => {
  expect([millis(null), percent(null), count(undefined)]).toEqual(["–", "–", "–"]);
});

test("shares are not rounded to all or nothing", () => {
  expect([percent(1), percent(0), percent(0.9994), percent(0.0001)]).toEqual(["100 %", "0 %", "99.9 %", "0.0 %"]);
});

test("a range ends with ten whole seconds", () => {
  expect(reach("15m", 1_767_225_609_999)).toEqual({ from: "1767224700", to: "1767225600" });
});
