import { expect, test } from "vitest";
import { canUndo, changeText } from "./history";

const from = (before: unknown, after: unknown) => ({ before, after, parts: false, at: [], cut: false }) as never;
const line = (changed: Record<string, never>, more = {}) => ({
  kind: "channel" as const,
  name: "main",
  what: "changed" as const,
  changed,
  ...more,
});

test.each([
  [line({ revisions: from([], []) }), "The pool, its rules or filler changed", true],
  [
    line({ query: from(null, {}), revisions: from([], []) }),
    "What the pool follows, the pool, its rules or filler changed",
    true,
  ],
  [line({ public: from(true, false) }), "Who may watch changed", true],
  [line({ epoch_ms: from(null, 1), msn: from(0, 1) }), "The channel was started", false],
  [line({ epoch_ms: from(1, null) }), "The channel is not to begin", false],
  [line({ stop_tick: from(null, 1) }), "The channel was stopped", false],
  [line({ stop_tick: from(1, null), epoch_ms: from(1, 2) }), "The channel was started", false],
  [line({}, { what: "made" }), "The channel was made", false],
  [line({}, { kind: "lineup", name: "kids", what: "gone" }), "lineup kids was removed", false],
  [line({}, { kind: "viewer", name: "ann" }), "viewer ann changed", true],
  [line({ something: from(1, 2) }), "The channel changed", true],
])("%#: %s", (one, text, undo) => {
  expect(changeText(one)).toBe(text);
  expect(canUndo(one)).toBe(undo);
});
