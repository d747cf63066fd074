import { act, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { clockOf } from "../public/clock";
import { Countdown, parts } from "./Countdown";

const STARTS = "2026-01-02T00:00:00.000Z";
beforeEach(() => vi.useFakeTimers({ now: Date.parse("2026-01-01T12:00:00Z") }));
afterEach(() => vi.useRealTimers());

test.each([
  [0, "0 minute 0 second"],
  [-5, "0 minute 0 second"],
  [1, "0 minute 1 second"],
  [61_000, "1 minute 1 second"],
  [3_600_000, "1 hour 0 minute 0 second"],
  [90_061_000, "1 day 1 hour 1 minute 1 second"],
])("%d ms are %s", (ms, told) => {
  expect(
    parts(ms)
      .map(({ unit, count }) => `${count} ${unit}`)
      .join(" "),
  ).toBe(told);
});

test("it counts by the server's clock, and begins once, when that one says so", () => {
  const onStart = vi.fn();
  const askedMs = Date.now();
  const now = clockOf(Date.parse(STARTS) - 3_000, askedMs, askedMs); // half a day ahead of ours
  render(<Countdown title="Channel One" startsAt={STARTS} now={now} onStart={onStart} />);
  expect(screen.getByRole("timer")).toHaveTextContent("00minutes03seconds");
  act(() => vi.advanceTimersByTime(2_990));
  expect(screen.getByRole("timer")).toHaveTextContent("00minutes01second");
  expect(onStart).not.toHaveBeenCalled();
  act(() => vi.advanceTimersByTime(11));
  expect(onStart).toHaveBeenCalledOnce();
});

test("a page that slept through the start begins when it wakes", () => {
  const onStart = vi.fn();
  const now = clockOf(Date.parse(STARTS) - 3_600_000, Date.now(), Date.now());
  render(<Countdown title="Channel One" startsAt={STARTS} now={now} onStart={onStart} />);
  vi.setSystemTime(Date.now() + 7_200_000); // timers stood still meanwhile
  act(() => document.dispatchEvent(new Event("visibilitychange")));
  expect(onStart).toHaveBeenCalledOnce();
});
