import { expect, test } from "vitest";
import { changesOf, draftOf } from "./profile";

const KNOWN = { likes: { kids: 0.8, "sci fi": -1 }, no_tags: ["news"], without: [], most_rating: 12 };

test("a profile is text, and the same again", () => {
  const draft = draftOf(KNOWN);
  expect(draft).toEqual({ likes: "kids 0.8, sci fi -1", noTags: "news", without: "", rating: "12" });
  expect(changesOf(draft, KNOWN)).toEqual(KNOWN);
});

test("a like that is no longer there is taken back", () => {
  expect(changesOf({ ...draftOf(KNOWN), likes: "kids 1" }, KNOWN).likes).toEqual({ kids: 1, "sci fi": null });
});

test("of who nothing is known there is nothing, and any rating", () => {
  expect(changesOf(draftOf(null), null)).toEqual({ likes: {}, no_tags: [], without: [], most_rating: 21 });
});

test.each(["kids", "kids 2", "kids much", "0.5"])("likes: %j is told as wrong", (likes) => {
  expect(() => changesOf({ ...draftOf(null), likes }, null)).toThrow(likes);
});

test.each(["-1", "22", "x"])("rating: %j is told as wrong", (rating) => {
  expect(() => changesOf({ ...draftOf(null), rating }, null)).toThrow("from 0 to 21");
});
