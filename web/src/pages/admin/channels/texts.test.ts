import { expect, test } from "vitest";
import { textsBody, textsClashes, textsDraft, textsMistakes } from "./texts";

const base = textsDraft({ title: "One", description: "Films.", timeshift_s: 7200 });

test("only what changed is told", () => {
  expect(textsBody(base, base)).toEqual({});
  expect(textsBody({ title: "", description: "Films. ", timeshift: "" }, base)).toEqual({
    title: "",
    timeshift_s: 0,
  });
  expect(textsBody({ ...base, timeshift: "90" }, base)).toEqual({ timeshift_s: 5400 });
});

test("a time shift that is no whole minute stays as it is", () => {
  const odd = textsDraft({ title: "", description: "", timeshift_s: 90 });
  expect(odd.timeshift).toBe("1.5");
  expect(textsMistakes(odd, odd)).toEqual({});
  expect(textsBody({ ...odd, title: "x" }, odd)).toEqual({ title: "x" });
});

test("what is wrong is told by field", () => {
  const wrong = { title: "x".repeat(201), description: "x".repeat(4001), timeshift: "1441" };
  expect(Object.keys(textsMistakes(wrong, base))).toEqual(["title", "description", "timeshift"]);
  expect(textsMistakes({ ...base, title: "📺".repeat(200) }, base)).toEqual({});
});

test("two clash where both changed the same field to different values", () => {
  const mine = { ...base, title: "Two", timeshift: "60" };
  expect(textsClashes(mine, base, { ...base, description: "Series." })).toEqual([]);
  expect(textsClashes(mine, base, { ...base, title: "Two" })).toEqual([]);
  expect(textsClashes(mine, base, { ...base, title: "Three", timeshift: "30" })).toEqual(["title", "timeshift"]);
});
