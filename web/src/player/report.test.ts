import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { READING } from "./model.testing";
import { Report } from "./report";
import { Changeable } from "./store";
import type { PlayerState } from "./types";
import { IDLE } from "./words";

let told: { type: string; [field: string]: unknown }[];
let state: Changeable<PlayerState>;
let report: Report;

beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  vi.stubGlobal("fetch", (_: string, { body }: { body: string }) => {
    told.push(...JSON.parse(body).events);
    return Promise.resolve(new Response(null, { status: 204 }));
  });
  navigator.sendBeacon = () => true;
  state = new Changeable<PlayerState>({ ...IDLE, phase: "playing", started: true });
  const audience = { viewer: "v1", channel: "main", everyS: 30 };
  report = new Report(
    document.createElement("video"),
    state,
    () => READING,
    () => "a1",
    Date.now,
    "/beacon",
    audience,
  );
});
afterEach(() => {
  report.destroy();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function beats(minutes: number): Promise<number> {
  told = [];
  await vi.advanceTimersByTimeAsync(minutes * 60_000);
  return told.filter(({ type }) => type === "beat").length;
}

it("is there while it plays, and says how near to the clock", async () => {
  expect(await beats(2)).toBeGreaterThan(9);
  expect(told[0]).toMatchObject({ asset: "a1", sync_ms: 12 });
});

it.each(["buffering", "loading"] as const)("is there while it is %s, as somebody waits for it", async (phase) => {
  state.change({ phase });
  expect(await beats(10)).toBeGreaterThan(50);
  expect(told.some((beat) => "sync_ms" in beat)).toBe(false);
});

it("is there for five minutes of a pause", async () => {
  await beats(1);
  state.change({ phase: "paused", wanted: false });
  expect(await beats(4)).toBeGreaterThan(20);
  await beats(2);
  expect(await beats(10)).toBe(0);
  state.change({ phase: "playing", wanted: true });
  expect(await beats(2)).toBeGreaterThan(9);
});

it.each([
  ["the browser lets nothing start", { phase: "paused", started: false }],
  ["there is nothing to play", { phase: "waiting" }],
  ["it failed", { phase: "failed" }],
  ["it is over", { phase: "ended" }],
] as const)("is not there while %s", async (_, is) => {
  state.change(is);
  expect(await beats(2)).toBe(0);
});
