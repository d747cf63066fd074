import { expect, test } from "vitest";
import type { WatchEntry } from "../api/schema";
import { cellAt, onAt } from "./thumbnails";

const STARTS = "2026-01-01T00:00:10.000Z";
const ENTRY: WatchEntry = {
  kind: "clip",
  starts: STARTS,
  ends: "2026-01-01T00:00:30.000Z",
  title: "The Film",
  description: "",
  asset: "a",
  asset_from_s: 8,
  poster: null,
  thumbnails: { url: "/t.jpg", columns: 3, rows: 3, count: 7, every_s: 4, width: 160, height: 90 },
  moment: null,
  rating: null,
  language: null,
  tags: [],
};
const at = (second: number) => Date.parse(STARTS) + second * 1000;

test.each([
  [0, 320, 0], // second 8 of the asset: picture 2
  [3.9, 320, 0],
  [4, 0, 90],
  [16, 0, 180],
  [19, 0, 180], // picture 6 is the last
  [-5, 320, 0],
])("the picture after %d s is at %d, %d of the sheet", (second, x, y) => {
  expect(cellAt(ENTRY, at(second))).toEqual({ url: "/t.jpg", x, y, width: 160, height: 90 });
});

test("what has no sheet has no picture", () => {
  expect(cellAt({ ...ENTRY, thumbnails: null }, at(0))).toBeNull();
});

test("an entry is on from its start until just before its end", () => {
  expect(onAt([ENTRY], at(0))).toBe(ENTRY);
  expect(onAt([ENTRY], at(20))).toBeNull();
  expect(onAt([ENTRY], at(-0.001))).toBeNull();
});
