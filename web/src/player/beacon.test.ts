import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Beacon } from "./beacon";

const AUDIENCE = { viewer: "v1", channel: "main", everyS: 30 };
let sent: { v: number; viewer: string; session: string; channel: string; events: { type: string; t: number }[] }[];
let answer: () => Promise<Response>;
let beacon: Beacon;

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0.5); // the second turn of three comes first, after five seconds
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
  beacon.destroy();
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const types = () => sent.map(({ events }) => events.map(({ type }) => type).join(" "));

it("notes a beat every ten seconds or so, and tells three at once", async () => {
  await vi.advanceTimersByTimeAsync(60_000);
  expect(types()).toEqual(["beat beat", "beat beat beat"]);
  expect(sent[0]).toMatchObject({ v: 1, viewer: "v1", channel: "main" });
  expect(sent[0]?.session).toMatch(/^[0-9a-f]{16}$/);
  expect(sent[0]?.events[0]).toEqual({ t: 1000, type: "beat", height: 480 });
});

it.each([0, 0.3, 0.7, 0.999])("is never silent for longer than it was told, whatever the luck: %d", async (luck) => {
  beacon.destroy();
  vi.mocked(Math.random).mockReturnValue(luck);
  beacon = new Beacon(
    "/beacon",
    AUDIENCE,
    () => Date.now(),
    () => ({ type: "beat" }),
  );
  sent = [];
  let [before, longest, count] = [Date.now(), 0, 0];
  for (let second = 0; second < 300; second += 1) {
    await vi.advanceTimersByTimeAsync(1000);
    if (sent.length === count) continue;
    count = sent.length;
    longest = Math.max(longest, Date.now() - before);
    before = Date.now();
  }
  expect(longest).toBeGreaterThan(26_000);
  expect(longest).toBeLessThanOrEqual(30_000);
});

it("tells at once of a start and of what breaks, but not again and again", async () => {
  beacon.tell({ type: "level", height: 480 });
  expect(sent).toEqual([]);
  beacon.tell({ type: "start", startup_ms: 420 });
  expect(types()).toEqual(["level start"]);
  for (let time = 0; time < 9; time += 1) beacon.tell({ type: "error", code: "x", fatal: true });
  expect(sent).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(5000);
  expect(sent).toHaveLength(2);
  expect(sent[1]?.events).toHaveLength(10);
});

it("tells again after ten seconds what could not be told", async () => {
  answer = () => Promise.reject(new TypeError("offline"));
  await vi.advanceTimersByTimeAsync(15_000);
  answer = () => Promise.resolve(new Response(null, { status: 204 }));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(types()).toEqual(["beat beat", "beat beat beat"]);
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
  expect(types()).toEqual(["beat beat", "beat beat beat"]);
});

it("tells the rest and that it ends when the page is left, once, and tells again when it comes back", async () => {
  beacon.tell({ type: "error", code: "x", fatal: false });
  window.dispatchEvent(new Event("pagehide"));
  expect(types()).toEqual(["error end"]);
  await vi.advanceTimersByTimeAsync(15_000);
  expect(types()).toEqual(["error end", "beat beat"]);
  beacon.destroy();
  window.dispatchEvent(new Event("pagehide"));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(types()).toEqual(["error end", "beat beat", "end"]);
});
