import { expect, test } from "vitest";
import type { Rules } from "../../../api/schema";
import { cohortsBody, cohortsDraft, cohortsMistakes } from "./cohorts";
import { likesOf, spanSeconds, spanText, whole, words } from "./lists";
import { queryBody, queryDraft, queryMistakes } from "./query";
import { NEW_PART, rulesBody, rulesDraft, rulesMistakes } from "./rules";

const RULES: Rules = {
  order: "weighted",
  repeat_clips: 12,
  repeat_s: 7200,
  spacing: { news: 3 },
  limits: { ads: 4, "sci fi": 1 },
  day_parts: [
    { minute: 360, any_tags: ["kids", "sea"], no_tags: [], least_rating: 0, most_rating: 6 },
    { minute: 1425, any_tags: [], no_tags: ["kids"], least_rating: 16, most_rating: 21 },
  ],
  time_zone: "Europe/Berlin",
  utc_offset_min: 0,
};
const PLAIN = rulesDraft({
  ...RULES,
  order: "shuffled",
  repeat_clips: 1,
  repeat_s: 0,
  spacing: {},
  limits: {},
  day_parts: [],
});

test("rules come back from the form as they were", () => {
  expect(rulesBody(rulesDraft(RULES))).toEqual(RULES);
  const behind = { ...RULES, time_zone: null, utc_offset_min: -210 };
  expect(rulesDraft(behind).zone).toBe("-03:30");
  expect(rulesBody(rulesDraft(behind))).toEqual(behind);
  expect(rulesBody({ ...PLAIN, zone: " " })).toMatchObject({ time_zone: null, utc_offset_min: 0 });
});

test("what the form says of rules, in fields", () => {
  const { repeatClips, repeat, parts } = rulesDraft(RULES);
  expect([repeatClips, repeat]).toEqual(["12", "2h"]);
  expect(parts).toEqual([
    { from: "06:00", anyTags: "kids, sea", noTags: "", least: "", most: "6" },
    { from: "23:45", anyTags: "", noTags: "kids", least: "16", most: "" },
  ]);
  expect([PLAIN.repeatClips, PLAIN.repeat]).toEqual(["", ""]);
});

test("a fixed order is told without repeats and spacing, which stay in the form", () => {
  const draft = { ...rulesDraft(RULES), order: "fixed" as const };
  expect(rulesBody(draft)).toMatchObject({ repeat_clips: 1, repeat_s: 0, spacing: {}, limits: RULES.limits });
  expect(rulesMistakes({ ...draft, repeat: "often" })).toEqual({});
});

test("day parts are told in the order of the day", () => {
  const parts = ["20:15", "06:00"].map((from) => ({ ...NEW_PART, from }));
  expect(rulesBody({ ...PLAIN, parts }).day_parts.map((part) => part.minute)).toEqual([360, 1215]);
});

test("what is wrong with rules is told by field", () => {
  const wrong = {
    ...PLAIN,
    repeatClips: "-1",
    repeat: "2 days",
    spacing: [
      { tag: " ", count: "1" },
      { tag: "news", count: "0" },
    ],
    limits: [
      { tag: "ads", count: "1" },
      { tag: "ads ", count: "2" },
    ],
    parts: [
      { ...NEW_PART },
      { ...NEW_PART, from: "06:00", least: "16", most: "6" },
      { ...NEW_PART, from: "06:00", most: "22" },
    ],
  };
  expect(Object.keys(rulesMistakes(wrong)).sort()).toEqual([
    "limits.1",
    "parts.0.from",
    "parts.1.age",
    "parts.2.age",
    "parts.2.from",
    "repeat",
    "repeatClips",
    "spacing.0",
    "spacing.1",
  ]);
  expect(rulesMistakes(PLAIN)).toEqual({});
});

test("a query comes back from the form as it was", () => {
  const query = {
    tags: ["kids"],
    any_tags: ["sea", "sci fi"],
    no_tags: ["news"],
    languages: ["pt-BR"],
    least_rating: 6,
    most_rating: 12,
    more: { series: "The = Sea", year: "1999" },
    without: ["0f3a"],
  };
  expect(queryBody(queryDraft(query))).toEqual(query);
  expect(queryBody(queryDraft(null))).toEqual({
    tags: [],
    any_tags: [],
    no_tags: [],
    languages: [],
    least_rating: 0,
    most_rating: 21,
    more: {},
    without: [],
  });
});

test("what is wrong with a query is told by field", () => {
  const none = queryDraft(null);
  expect(queryMistakes(none)).toEqual({});
  expect(Object.keys(queryMistakes({ ...none, least: "x", most: "22", more: "series" }))).toEqual([
    "least",
    "most",
    "more",
  ]);
  expect(Object.keys(queryMistakes({ ...none, least: "12", most: "6" }))).toEqual(["most"]);
  expect(Object.keys(queryMistakes({ ...none, more: "=x" }))).toEqual(["more"]);
});

test("cohorts come back from the form as they were", () => {
  const cohorts = {
    rules: [
      { lineup: "kids", likes: { kids: 0.5, news: -1 }, most_rating: 6 },
      { lineup: "all", likes: {}, most_rating: null },
    ],
    tastes: [{ lineup: "sea", likes: { sea: 1 } }],
    otherwise: "all",
  };
  expect(cohortsBody(cohortsDraft(cohorts))).toEqual(cohorts);
  expect(cohortsBody(cohortsDraft(null))).toBeNull();
});

test("what is wrong with cohorts is told by field", () => {
  const wrong = {
    rules: [{ lineup: "", likes: "kids", most: "x" }],
    tastes: [
      { lineup: "sea", likes: "" },
      { lineup: "sea", likes: "sea=2" },
    ],
    otherwise: "",
  };
  expect(Object.keys(cohortsMistakes(wrong)).sort()).toEqual([
    "rules.0.likes",
    "rules.0.lineup",
    "rules.0.most",
    "tastes.0.likes",
    "tastes.1.likes",
  ]);
});

test("lists, numbers and spans of text", () => {
  expect(words(" kids, ,sea,kids ")).toEqual(["kids", "sea"]);
  expect([whole("3", 1), whole("0", 1), whole("3.5", 1), whole("", 0), whole("22", 0, 21)]).toEqual([
    3,
    null,
    null,
    null,
    null,
  ]);
  expect(["90s", "30", "30m", "2 h", "2d", ""].map(spanSeconds)).toEqual([90, 1800, 1800, 7200, null, null]);
  expect([7200, 5400, 61].map(spanText)).toEqual(["2h", "90m", "61s"]);
  expect(likesOf("sci fi = 0.5, a=-1")).toEqual({ "sci fi": 0.5, a: -1 });
  expect([likesOf("a"), likesOf("a=1.5"), likesOf("")]).toEqual([null, null, {}]);
});
