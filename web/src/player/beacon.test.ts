import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Beacon } from "./beacon";

const AUDIENCE = { viewer: "v1", channel: "main", everyS: 10 };
let sent: { v: number; viewer: string; session: string; channel: string; events: { type: string; t: number }[] }[];
let answer: () => Promise<Response>;
let beacon: Beacon;

beforeEach(() => {
  vi.useFakeTimers();
  sent = [];
  answer = () => Promise.resolve(new Response(null, { status: 204 }));
  vi.stubGlobal("fetch", (_: string, { body }: { body: string }) => {
    sent.push(JSON.parse(body));
    return answer();
  });
  navigator.sendBeacon = (_, body) => sent.push(JSON.parse(body as string)) > 0;
  beacon = new Beacon(
    "/beacon",
    AUDIENCE,
    () => 1000.4,
    () => ({ type: "beat", height: 480 }),
  );
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("tells every ten seconds or so what happened and how it is", async () => {
  beacon.tell({ type: "start", startup_ms: 420 });
  await vi.advanceTimersByTimeAsync(11_000);
  expect(sent).toHaveLength(1);
  expect(sent[0]).toMatchObject({ v: 1, viewer: "v1", channel: "main" });
  expect(sent[0]?.session).toMatch(/^[0-9a-f]{16}$/);
  expect(sent[0]?.events).toEqual([
    { t: 1000, type: "start", startup_ms: 420 },
    { t: 1000, type: "beat", height: 480 },
  ]);
});

it.each([
  ["nobody answers", () => Promise.reject(new TypeError("offline"))],
  ["the server has trouble", () => Promise.resolve(new Response(null, { status: 503 }))],
])("keeps what it has to tell while %s, but not without end", async (_, trouble) => {
  answer = trouble;
  await vi.advanceTimersByTimeAsync(3_600_000);
  sent = [];
  answer = () => Promise.resolve(new Response(null, { status: 204 }));
  await vi.advanceTimersByTimeAsync(60_000);
  const events = sent.flatMap((one) => one.events);
  expect(events.length).toBeGreaterThan(60);
  expect(events.length).toBeLessThan(70);
  expect(Math.max(...sent.map((one) => one.events.length))).toBe(20);
});

it("does not repeat what the server refuses", async () => {
  answer = () => Promise.resolve(new Response(null, { status: 400 }));
  await vi.advanceTimersByTimeAsync(60_000);
  for (const { events } of sent) expect(events).toHaveLength(1);
});

it("tells the rest when the page is left, and ends", () => {
  beacon.tell({ type: "error", code: "x", fatal: true });
  window.dispatchEvent(new Event("pagehide"));
  expect(sent.flatMap(({ events }) => events.map(({ type }) => type))).toEqual(["error"]);
  beacon.destroy();
  expect(sent.at(-1)?.events.map(({ type }) => type)).toEqual(["end"]);
  vi.advanceTimersByTime(60_000);
  window.dispatchEvent(new Event("pagehide"));
  expect(sent).toHaveLength(2);
});
