import { act, renderHook } from "@testing-library/react";
import { expect, test } from "vitest";
import { Refused } from "../../../api/client";
import { newerVersion } from "./deeds";
import { useDraft } from "./draft";

function held() {
  return renderHook(({ stored }) => useDraft(stored), { initialProps: { stored: { order: "shuffled", zone: "" } } });
}

test("a form follows what is stored until something is typed", () => {
  const { result, rerender } = held();
  rerender({ stored: { order: "weighted", zone: "" } });
  expect(result.current).toMatchObject({ draft: { order: "weighted" }, isChanged: false, isNewer: false });
});

test("what was typed stays when somebody else changes the same, and either counts", () => {
  const { result, rerender } = held();
  act(() => result.current.edit({ order: "fixed" }));
  rerender({ stored: { order: "weighted", zone: "UTC" } });
  expect(result.current).toMatchObject({ draft: { order: "fixed", zone: "" }, isChanged: true, isNewer: true });
  act(() => result.current.keep());
  expect(result.current).toMatchObject({ draft: { order: "fixed" }, isChanged: true, isNewer: false });
  act(() => result.current.takeBack());
  expect(result.current).toMatchObject({ draft: { order: "weighted", zone: "UTC" }, isChanged: false });
});

test("what was typed and then stored is no change any more", () => {
  const { result, rerender } = held();
  act(() => result.current.edit({ order: "fixed" }));
  rerender({ stored: { order: "fixed", zone: "" } });
  expect(result.current).toMatchObject({ draft: { order: "fixed" }, isChanged: false, isNewer: false });
});

test("a conflict is of the version only where that has changed", () => {
  const refused = (status: number, version: unknown) => new Refused("no", status, null, { version });
  expect(newerVersion(refused(409, 3), 2)).toBe(3);
  expect(newerVersion(refused(409, 2), 2)).toBeNull(); // refused for another reason
  expect(newerVersion(refused(400, 3), 2)).toBeNull();
  expect(newerVersion(refused(409, 3), null)).toBeNull();
  expect(newerVersion(new Error("no"), 2)).toBeNull();
});
