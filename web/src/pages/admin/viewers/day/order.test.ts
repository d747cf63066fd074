import { expect, test } from "vitest";
import type { Entry } from "../../../../api/schema";
import { bodyNow, horizonMs, isMovable, orderOf, placeAt, reordered, runOf, wishOf } from "./order";

const NOON = Date.parse("2026-11-28T12:00:00Z");

/** Entries of ten seconds each from noon on, by the letters of their titles; a capital is a moment. */
function day(letters: string): Entry[] {
  return [...letters].map((title, at) => ({
    kind: title === title.toUpperCase() ? "moment" : "clip",
    starts: new Date(NOON + at * 10_000).toISOString(),
    ends: new Date(NOON + (at + 1) * 10_000).toISOString(),
    title,
    asset: title,
    description: "",
    language: null,
    rating: null,
    tags: [],
    moment: title === title.toUpperCase() ? "kick-off" : null,
    assets: null,
    part: null,
    poster: null,
  }));
}

test("what players may have listed is fixed", () => {
  const horizon = horizonMs(NOON, 16 * 90_000);
  expect(horizon).toBe(NOON + 25_000);
  const movable = day("abcde").map((entry) => isMovable(entry, horizon));
  expect(movable).toEqual([false, false, false, true, true]);
});

test("a clip can be moved as far as nothing shared or fixed comes between", () => {
  expect(runOf(day("abcdeMfg"), 3, NOON + 15_000)).toEqual([2, 4]);
  expect(runOf(day("abcdeMfg"), 6, NOON + 15_000)).toEqual([6, 7]);
});

test("it is dropped on the clip that is on where the pointer is, within its run", () => {
  const entries = day("abcdef");
  expect(placeAt(entries, [2, 4], NOON + 35_000)).toBe(3);
  expect(placeAt(entries, [2, 4], NOON)).toBe(2);
  expect(placeAt(entries, [2, 4], NOON + 999_000)).toBe(4);
});

test("what is shown while it is moved are the same clips, end to end", () => {
  const entries = day("abcd");
  entries[2] = { ...day("c")[0], starts: "2026-11-28T12:00:20.000Z", ends: "2026-11-28T12:00:45.000Z" } as Entry;
  const shown = reordered(entries.slice(0, 3), 2, 0);
  expect(shown.map(({ title, starts }) => `${title} ${starts.slice(17, 19)}`)).toEqual(["c 00", "a 25", "b 35"]);
});

test("an order counts from the first clip that moves", () => {
  expect(orderOf(5, 3)).toEqual([3, 1, 2]);
  expect(orderOf(3, 5)).toEqual([2, 3, 1]);
});

test("a clip that is moved asks for an order from after the boundary before", () => {
  const wish = wishOf({ kind: "move", from: 5, to: 3 }, day("abcdef"));
  expect(wish).toEqual({
    startsMs: NOON + 30_000,
    leadMs: 5000,
    body: { clips: [], drop: 0, notice_s: 0, order: [3, 1, 2] },
  });
  expect(wish && bodyNow(wish, NOON + 24_000).notice_s).toBe(1);
  expect(wish && bodyNow(wish, NOON + 29_000).notice_s).toBe(0);
  expect(() => wish && bodyNow(wish, NOON + 30_001)).toThrow("Players have listed this by now");
});

test("what stays in its place asks for nothing", () => {
  expect(wishOf({ kind: "move", from: 2, to: 2 }, day("abc"))).toBeNull();
});

test("a clip is left out, replaced, or gets another before it", () => {
  const body = (deed: Parameters<typeof wishOf>[0]) => wishOf(deed, day("abc"))?.body;
  expect(body({ kind: "skip", at: 1 })).toMatchObject({ clips: [], drop: 1 });
  expect(body({ kind: "replace", at: 1, asset: "x" })).toMatchObject({ clips: ["x"], drop: 1 });
  expect(body({ kind: "insert", at: 1, asset: "x" })).toMatchObject({ clips: ["x"], drop: 0 });
});
