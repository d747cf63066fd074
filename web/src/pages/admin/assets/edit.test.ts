import { expect, test } from "vitest";
import { changesOf, clashes, type Draft, draftOf, mistakesIn, over, placed } from "./edit";

const said = {
  title: "Film",
  description: "",
  tags: ["kids", "sea"],
  language: "en",
  rating: 6,
  rights_from: null,
  rights_until: "2026-12-31T23:00:00.000Z",
};
const base = draftOf(said);
const draft = (more: Partial<Draft>): Draft => ({ ...base, ...more });

test("nothing changed is nothing to tell", () => {
  expect(changesOf(draft({ title: " Film " }), base)).toEqual({});
});

test("an instant comes back as it was", () => {
  expect(changesOf(base, draft({ rights_until: "" }))).toEqual({ rights_until: said.rights_until });
});

test("what is emptied is taken back", () => {
  const emptied = draft({ title: "", tags: " , ", language: "", rating: "", description: " " });
  expect(changesOf(emptied, base)).toEqual({ title: null, tags: [], language: null, rating: null });
  expect(changesOf(draft({ description: "" }), draft({ description: "x" }))).toEqual({ description: "" });
});

test("text is told as it was typed, scripts and emoji too", () => {
  expect(changesOf(draft({ title: "<script>alert(1)</script> 😀" }), base)).toEqual({
    title: "<script>alert(1)</script> 😀",
  });
});

test.each([
  [{ title: "x".repeat(201) }, "title"],
  [{ title: "a\u0007b" }, "title"],
  [{ description: "x".repeat(4001) }, "description"],
  [{ tags: Array.from({ length: 51 }, (_, at) => `t${at}`).join(",") }, "tags"],
  [{ tags: "x".repeat(65) }, "tags"],
  [{ language: "english" }, "language"],
  [{ rating: "22" }, "rating"],
  [{ rating: "-1" }, "rating"],
  [{ rights_from: "2027-01-01T00:00", rights_until: "2026-01-01T00:00" }, "rights_until"],
])("%j is told at %s", (more, field) => {
  expect(Object.keys(mistakesIn(draft(more)))).toEqual([field]);
});

test.each([{ title: "👨‍👩‍👧 family" }, { language: "pt-BR" }, { language: "zh_hant" }, { rating: "0" }])(
  "%j is right",
  (more) => expect(mistakesIn(draft(more))).toEqual({}),
);

test("a refusal stands at the field that it names", () => {
  expect(placed("language: it is a language of BCP 47")).toEqual({
    field: "language",
    text: "it is a language of BCP 47",
  });
  expect(placed("tags.0: too long").field).toBe("tags");
  expect(placed("rights_until_ms: no").field).toBe("rights_until");
  expect(placed("no asset 'x'")).toEqual({ field: null, text: "no asset 'x'" });
});

test("two people: only what both changed clashes, the rest of both is kept", () => {
  const mine = draft({ title: "Mine", rating: "12" });
  const theirs = draft({ title: "Theirs", tags: "sea" });
  expect(clashes(mine, base, theirs)).toEqual([{ field: "title", mine: "Mine", theirs: "Theirs" }]);
  expect(over(mine, base, theirs)).toEqual(draft({ title: "Mine", rating: "12", tags: "sea" }));
});
