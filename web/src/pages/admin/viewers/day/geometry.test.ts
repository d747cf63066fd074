import { afterEach, beforeEach, expect, test } from "vitest";
import { dayOf, daysOn, instantAt, marks, moved, pixel, zoomed } from "./geometry";

const HOUR_MS = 3_600_000;
const NOON = Date.parse("2026-11-28T12:00:00Z");
const SPAN = { fromMs: NOON, untilMs: NOON + HOUR_MS };
const before = process.env["TZ"];

beforeEach(() => {
  process.env["TZ"] = "Europe/Berlin";
});
afterEach(() => {
  process.env["TZ"] = before;
});

test("an instant has a pixel, and the pixel the instant", () => {
  expect(pixel(NOON, SPAN, 900)).toBe(0);
  expect(pixel(NOON + HOUR_MS / 3, SPAN, 900)).toBe(300);
  expect(pixel(NOON - HOUR_MS, SPAN, 900)).toBe(-900);
  expect(instantAt(300, SPAN, 900)).toBe(NOON + HOUR_MS / 3);
  expect(instantAt(300, SPAN, 0)).toBe(NOON);
});

test("one goes nearer around the pointer, and not beyond the nearest", () => {
  const around = NOON + HOUR_MS / 4;
  const near = zoomed(SPAN, -1, around);
  expect(near.untilMs - near.fromMs).toBe(15 * 60_000);
  expect(pixel(around, near, 1000)).toBe(250);
  const nearest = zoomed(SPAN, -99, around);
  expect(nearest.untilMs - nearest.fromMs).toBe(2 * 60_000);
  expect(zoomed(nearest, -1, around)).toEqual(nearest);
  expect(zoomed(SPAN, 99, around).untilMs - zoomed(SPAN, 99, around).fromMs).toBe(24 * HOUR_MS);
});

test("one goes on by half of what is shown", () => {
  expect(moved(SPAN, 0.5)).toEqual({ fromMs: NOON + HOUR_MS / 2, untilMs: NOON + 1.5 * HOUR_MS });
});

test("a day is as long as the clock makes it", () => {
  const spring = dayOf(Date.parse("2026-03-29T12:00:00Z"));
  expect(new Date(spring.fromMs).toISOString()).toBe("2026-03-28T23:00:00.000Z");
  expect((spring.untilMs - spring.fromMs) / HOUR_MS).toBe(23);
  const autumn = dayOf(Date.parse("2026-10-25T12:00:00Z"));
  expect((autumn.untilMs - autumn.fromMs) / HOUR_MS).toBe(25);
});

test("the next day begins at the same time by the clock", () => {
  const evening = Date.parse("2026-03-28T19:00:00Z"); // 20:00, the day before the clock changes
  expect(new Date(daysOn({ fromMs: evening, untilMs: evening + 1 }, 1).fromMs).toISOString()).toBe(
    "2026-03-29T18:00:00.000Z",
  );
});

test("a day on which the clock goes back has its marks at round hours, each once in order", () => {
  const found = marks(dayOf(Date.parse("2026-10-25T12:00:00Z")), 800);
  const hours = found.map(({ atMs }) => new Date(atMs).getHours());
  expect(hours).toEqual([0, 3, 6, 9, 12, 15, 18, 21, 0]);
  expect(new Date(found[1]?.atMs ?? 0).toISOString()).toBe("2026-10-25T02:00:00.000Z");
});

test("a mark is where the clock has it on a day that is an hour short", () => {
  const found = marks(dayOf(Date.parse("2026-03-29T12:00:00Z")), 800);
  expect(found.map(({ atMs }) => new Date(atMs).getHours())).toEqual([0, 3, 6, 9, 12, 15, 18, 21, 0]);
  expect(found[0]?.strong).toBe(true);
});

test("there are no more marks than there is room for, at round times", () => {
  const at = (span: typeof SPAN, width: number) =>
    marks(span, width).map(({ atMs }) => new Date(atMs).toISOString().slice(11, 19));
  expect(at({ fromMs: NOON - 5000, untilMs: NOON + HOUR_MS - 5000 }, 620)).toEqual([
    "12:00:00",
    "12:10:00",
    "12:20:00",
    "12:30:00",
    "12:40:00",
    "12:50:00",
  ]);
  expect(at({ fromMs: NOON, untilMs: NOON + 120_000 }, 400)).toEqual([
    "12:00:00",
    "12:00:30",
    "12:01:00",
    "12:01:30",
    "12:02:00",
  ]);
});

test("a mark says the time by the clock of the browser's zone", () => {
  const how: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", timeZone: "Europe/Berlin" };
  expect(marks(SPAN, 620)[1]?.label).toBe(new Intl.DateTimeFormat(undefined, how).format(NOON + 600_000));
});
