import { expect, test } from "vitest";
import { momentBody, momentMistakes, newMoment } from "./moment";

const ZONE = "Europe/Berlin";
const NOW = Date.parse("2026-03-28T19:40:00Z");
const draft = {
  title: " Kick-off ",
  at: "2026-03-29T03:30",
  clips: ["a", "b", "a"],
  every: "",
  until: "",
  resumes: false,
};

test("a moment is told with the instant that the clocks mean", () => {
  expect(momentBody(draft, ZONE)).toEqual({
    at: "2026-03-29T01:30:00.000Z",
    clips: ["a", "b", "a"],
    title: "Kick-off",
    resumes: false,
  });
});

test("until is only told of one that comes again", () => {
  const until = "2026-04-05T20:00";
  expect(momentBody({ ...draft, until }, ZONE)).not.toHaveProperty("until");
  expect(momentBody({ ...draft, every: "1h", until }, ZONE)).toMatchObject({
    every_s: 3600,
    until: "2026-04-05T18:00:00.000Z",
  });
  expect(momentBody({ ...draft, every: "1h" }, ZONE)).not.toHaveProperty("until");
});

test("a new one is at the next full hour that can be", () => {
  expect(newMoment(NOW, ZONE).at).toBe("2026-03-28T21:00");
  expect(newMoment(Date.parse("2026-03-28T19:59:50Z"), ZONE).at).toBe("2026-03-28T22:00");
});

test("what is wrong is told by field", () => {
  expect(momentMistakes(draft, ZONE, NOW)).toEqual({});
  const wrong = { ...draft, at: "2026-03-28T20:40", clips: [], every: "4m", until: "2026-03-28T20:00" };
  expect(Object.keys(momentMistakes(wrong, ZONE, NOW))).toEqual(["at", "clips", "every", "until"]);
  expect(momentMistakes({ ...draft, at: "", every: "often" }, ZONE, NOW)).toMatchObject({
    at: "When?",
    every: "Such as 30m or 1h",
  });
});
