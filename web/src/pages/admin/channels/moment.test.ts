import { expect, test } from "vitest";
import { momentBody, momentMistakes, newBreak, newMoment, withClips } from "./moment";

const ZONE = "Europe/Berlin";
const NOW = Date.parse("2026-03-28T19:40:00Z");
const draft = {
  title: " Kick-off ",
  at: "2026-03-29T03:30",
  clips: ["a", "b", "a"],
  every: "",
  until: "",
  resumes: false,
  breaks: [],
};

test("a moment is told with the instant that the clocks mean", () => {
  expect(momentBody(draft, ZONE)).toEqual({
    at: "2026-03-29T01:30:00.000Z",
    clips: ["a", "b", "a"],
    title: "Kick-off",
    resumes: false,
    breaks: [],
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

test("breaks are told in seconds, and what is wrong with each by field", () => {
  const breaks = [
    { after: 1, length: "90s", pool: ["ad"] },
    { after: 2, length: "2m", pool: ["ad", "other"] },
  ];
  expect(momentMistakes({ ...draft, breaks }, ZONE, NOW)).toEqual({});
  expect(momentBody({ ...draft, breaks }, ZONE).breaks).toEqual([
    { after: 1, length_s: 90, pool: ["ad"] },
    { after: 2, length_s: 120, pool: ["ad", "other"] },
  ]);
  const wrong = [...breaks, { after: 2, length: "7h", pool: [] }, { after: 3, length: "long", pool: ["ad"] }];
  expect(momentMistakes({ ...draft, breaks: wrong }, ZONE, NOW).breaks).toEqual([
    null,
    { after: "There is a break already" },
    { after: "There is a break already", length: "From 1s to 6h", pool: "Add at least one asset" },
    { after: "A break is between two clips", length: "Such as 30s or 2m" },
  ]);
});

test("a new break is at the last place between clips that has none; breaks go with their clips", () => {
  const held = { ...draft, breaks: [{ after: 2, length: "1m", pool: ["ad"] }] };
  expect(newBreak(held)?.after).toBe(1);
  expect(newBreak({ ...held, clips: ["a"] })).toBeNull();
  expect(withClips(held, ["b", "a"]).breaks).toEqual([{ after: 1, length: "1m", pool: ["ad"] }]);
  expect(withClips(held, ["a", "a"]).breaks).toEqual([]);
  expect(withClips(held, ["a", "b", "a", "c"]).breaks).toEqual(held.breaks);
});
