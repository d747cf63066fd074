import { expect, test } from "vitest";
import { bytes, runtime, span } from "./words";

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 KB"],
  [16_777_216, "16.8 MB"],
  [999_600_000, "1.0 GB"],
  [2e15, "2000 TB"],
])("%d bytes are %s", (count, text) => expect(bytes(count)).toBe(text));

test.each([
  [0, "0 s"],
  [59.6, "1 min"],
  [125, "2 min 5 s"],
  [3600, "1 h"],
  [3900, "1 h 5 min"],
])("%d seconds are %s", (seconds, text) => expect(span(seconds)).toBe(text));

test.each([
  [5, "0:05"],
  [3723, "1:02:03"],
])("%d seconds play for %s", (seconds, text) => expect(runtime(seconds)).toBe(text));
