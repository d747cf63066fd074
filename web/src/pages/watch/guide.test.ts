import { expect, test } from "vitest";
import type { WatchEntry } from "../../api/schema";
import { merged } from "./guide";

const START_MS = Date.parse("2026-01-01T00:00:00Z");
const at = (second: number) => new Date(START_MS + second * 1000).toISOString();
const entry = (from: number, until: number, title: string): WatchEntry => ({
  kind: "clip",
  starts: at(from),
  ends: at(until),
  title,
  description: "",
  asset: title,
  asset_from_s: 0,
  poster: null,
  thumbnails: null,
  moment: null,
  rating: null,
  language: null,
  tags: [],
});
const titles = (entries: readonly WatchEntry[]) => entries.map((one) => one.title).join(" ");
const OLD = [entry(0, 10, "a"), entry(10, 20, "b"), entry(20, 30, "c")];

test.each<[string, WatchEntry[], string]>([
  ["what comes after follows", [entry(30, 40, "d")], "a b c d"],
  ["what is newer counts", [entry(10, 25, "B"), entry(25, 40, "C")], "a B C"],
  ["what is on began before it was asked for", [entry(10, 20, "b"), entry(20, 30, "X")], "a b X"],
  ["the past goes before", [entry(-20, -10, "x"), entry(-10, 0, "y")], "x y a b c"],
  ["nothing changes nothing", [], "a b c"],
])("%s", (_, fresh, expected) => {
  expect(titles(merged(OLD, fresh))).toBe(expected);
});
