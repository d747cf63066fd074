import { expect, test } from "vitest";
import { refusalOf } from "./checks";
import { Pace } from "./pace";

test.each([
  ["film.mp4", 1, "video/mp4", null],
  ["film.MXF", 1, "application/mxf", null],
  ["film.ts", 1, "text/typescript", null],
  ["film", 1, "", null],
  ["😀.mkv", 1, "video/x-matroska", null],
  ["empty.mp4", 0, "video/mp4", "empty"],
  ["huge.mov", 3e12, "video/quicktime", "at most 2.2 TB"],
  ["notes.txt", 1, "text/plain", "no video (text/plain)"],
  ["poster.png", 1, "image/png", "no video"],
  ["all.zip", 1, "application/zip", "no video"],
  [`${"x".repeat(260)}.mp4`, 1, "video/mp4", "longer than 255"],
])("%s of %d bytes, %s", (name, size, type, told) => {
  const refusal = refusalOf({ name, size, type });
  if (told === null) expect(refusal).toBeNull();
  else expect(refusal).toContain(told);
});

test("the pace is that of the last ten seconds", () => {
  const pace = new Pace();
  pace.add(0, 0);
  expect(pace.perS()).toBeNull();
  pace.add(10_000, 1000);
  expect(pace.perS()).toBe(100);
  pace.add(20_000, 11_000);
  expect(pace.perS()).toBe(1000);
});

test("a part that is sent again makes no negative pace", () => {
  const pace = new Pace();
  pace.add(0, 1000);
  pace.add(5000, 200);
  expect(pace.perS()).toBeNull();
});
