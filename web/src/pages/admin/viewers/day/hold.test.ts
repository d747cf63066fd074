import { expect, test } from "vitest";
import { type Hold, pressed, shownAt } from "./hold";

const AROUND = { count: 6, movable: true, run: [2, 4] as const };

/** What is held and what was dropped after these keys on the clip at 3. */
function after(...keys: string[]) {
  let [at, hold, dropped]: [number, Hold | null, Hold | undefined] = [3, null, undefined];
  for (const key of keys) {
    const step = pressed(key, at, hold, AROUND);
    if (step === null) continue;
    ({ at, hold, dropped } = { dropped: undefined, ...step });
  }
  return { at, hold, dropped };
}

test("arrows go from clip to clip, and stop at the ends", () => {
  expect(after("ArrowRight").at).toBe(4);
  expect(after("End", "ArrowRight").at).toBe(5);
  expect(after("Home", "ArrowLeft").at).toBe(0);
});

test("space takes a clip up, arrows move it, space puts it down", () => {
  expect(after(" ").hold).toEqual({ from: 3, to: 3 });
  expect(after(" ", "ArrowLeft").hold).toEqual({ from: 3, to: 2 });
  expect(after(" ", "ArrowLeft", " ")).toEqual({ at: 3, hold: null, dropped: { from: 3, to: 2 } });
});

test("it goes no further than its run", () => {
  expect(after(" ", "ArrowRight", "ArrowRight", "ArrowRight").hold).toEqual({ from: 3, to: 4 });
  expect(pressed("ArrowRight", 3, { from: 3, to: 4 }, AROUND)?.said).toBe("No further.");
});

test("escape puts it back, and nothing is asked for", () => {
  expect(after(" ", "ArrowLeft", "Escape")).toEqual({ at: 3, hold: null, dropped: undefined });
  expect(after(" ", "ArrowLeft", "ArrowRight", " ").dropped).toBeUndefined();
});

test("what is fixed is not taken up, and other keys are left alone", () => {
  expect(pressed(" ", 0, null, { ...AROUND, movable: false })).toMatchObject({
    hold: null,
    said: expect.stringContaining("fixed"),
  });
  expect(pressed("Tab", 3, null, AROUND)).toBeNull();
  expect(pressed("x", 3, { from: 3, to: 2 }, AROUND)).toBeNull();
});

test("while one is held the others make room", () => {
  const shown = (hold: Hold) => [0, 1, 2, 3, 4].map((place) => shownAt(place, hold));
  expect(shown({ from: 3, to: 1 })).toEqual([0, 2, 3, 1, 4]);
  expect(shown({ from: 1, to: 3 })).toEqual([0, 3, 1, 2, 4]);
});
