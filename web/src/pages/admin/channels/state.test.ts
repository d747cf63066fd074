import { expect, test } from "vitest";
import { canStart, canStop, sinceWhen, timeLeft } from "./state";

const NOW = Date.parse("2026-11-28T12:00:00Z");
const stated = (
  state: "not started" | "to begin" | "on air" | "stopped",
  from: string | null,
  until: string | null,
) => ({
  state,
  on_air_from: from,
  on_air_until: until,
});
const never = stated("not started", null, null);
const later = stated("to begin", "2026-11-28T13:05:00Z", null);
const on = stated("on air", "2026-11-28T10:00:00Z", null);
const ending = stated("on air", "2026-11-28T10:00:00Z", "2026-11-28T12:00:20Z");
const over = stated("stopped", "2026-11-28T10:00:00Z", "2026-11-28T11:00:00Z");

test("what is said of each state", () => {
  expect(sinceWhen(never, NOW)).toBe("Nobody can watch it yet");
  expect(sinceWhen(later, NOW)).toMatch(/^Begins in 1:05:00, /);
  expect(sinceWhen(on, NOW)).toMatch(/^On air since /);
  expect(sinceWhen(ending, NOW)).toMatch(/^On air until /);
  expect(sinceWhen(over, NOW)).toMatch(/^Ended /);
});

test("what can be done in each state", () => {
  expect([never, later, on, ending, over].map(canStart)).toEqual([true, false, false, false, true]);
  expect([never, later, on, ending, over].map(canStop)).toEqual([false, true, true, false, false]);
});

test("what is far away is told in days", () => {
  expect(timeLeft("2026-12-01T12:00:00Z", NOW)).toBe("3 days");
  expect(timeLeft("2026-11-30T12:00:00Z", NOW)).toBe("48:00:00");
});
