import { expect, test } from "vitest";
import { local, meant, offsetMs } from "./instants";

test.each([
  ["2026-12-31T23:59", "Europe/Berlin", "2026-12-31T22:59:00.000Z"],
  ["2026-07-01T00:30", "Europe/Berlin", "2026-06-30T22:30:00.000Z"],
  ["2026-07-01T00:30", "America/New_York", "2026-07-01T04:30:00.000Z"],
  ["2026-07-01T00:30", "Asia/Kathmandu", "2026-06-30T18:45:00.000Z"],
  ["2026-01-01T00:00", "Pacific/Kiritimati", "2025-12-31T10:00:00.000Z"],
  ["2028-02-29T12:00", "UTC", "2028-02-29T12:00:00.000Z"],
])("%s in %s", (text, zone, at) => {
  expect(meant(text, zone)).toEqual({ at, note: null });
  expect(local(at, zone)).toBe(text);
});

test("a time that is left out is as long after the clocks were set forward", () => {
  // In Berlin 02:00 becomes 03:00 on 29 March 2026.
  expect(meant("2026-03-29T01:59", "Europe/Berlin")).toEqual({ at: "2026-03-29T00:59:00.000Z", note: null });
  expect(meant("2026-03-29T02:30", "Europe/Berlin")).toEqual({ at: "2026-03-29T01:30:00.000Z", note: "left out" });
  expect(meant("2026-03-29T03:00", "Europe/Berlin")).toEqual({ at: "2026-03-29T01:00:00.000Z", note: null });
});

test("of a time that comes twice it is the first", () => {
  expect(meant("2026-10-25T02:30", "Europe/Berlin")).toEqual({ at: "2026-10-25T00:30:00.000Z", note: "twice" });
  expect(meant("2026-11-01T01:30", "America/New_York")).toEqual({ at: "2026-11-01T05:30:00.000Z", note: "twice" });
  // Lord Howe sets its clocks by half an hour.
  expect(meant("2026-04-05T01:45", "Australia/Lord_Howe")).toEqual({ at: "2026-04-04T14:45:00.000Z", note: "twice" });
});

test("what is no time means nothing", () => {
  for (const text of ["", "tomorrow", "2026-13-01T00:00", "2026-12-31"]) expect(meant(text, "UTC")).toBeNull();
});

test("how far clocks are ahead", () => {
  expect(offsetMs(Date.parse("2026-07-01T00:00:00.500Z"), "Europe/Berlin")).toBe(7_200_000);
  expect(offsetMs(Date.parse("2026-01-01T00:00:00Z"), "America/New_York")).toBe(-18_000_000);
});
