import { describe, expect, it } from "vitest";
import { Controller, type Order, type Reading } from "./controller";
import { FINE, live, type Moment, type Outcome, type World } from "./model.testing";

const WORLDS: readonly [string, Partial<World>][] = [
  ["all is fine", {}],
  ["it joins ahead", { errorMs: 700 }],
  ["it joins 1.9 s behind", { errorMs: -1900 }],
  ["film", { fps: 24 }],
  ["fast film", { fps: 60 }],
  ["the sound card is 200 ppm slow", { soundPpm: -200 }],
  ["the device's clock is 200 ppm fast", { clockPpm: 200 }],
  ["a far server", { tripMs: 180, tripJitterMs: 40 }],
  ["rates are taken late", { rateLatencyMs: 300 }],
  ["rates are taken in steps of 1 %", { rateQuantum: 0.01 }],
  ["times jitter by 20 ms", { jitterMs: 20 }],
  ["seeks take 1.2 s", { errorMs: -5000, seekMs: 1200 }],
];
const SEEDS = [1, 2, 3, 4, 5];

describe.each(WORLDS)("when %s", (_, fields) => {
  const lives = SEEDS.map((seed) => live({ ...FINE, ...fields, seed }));

  it("settles within 20 ms, and stays there", () => {
    for (const { trace } of lives) expect(worst(trace, 40_000)).toBeLessThan(20);
  });

  it("does not swing: what was within 20 ms is not over 30 again", () => {
    for (const { trace } of lives) expect(worst(trace, settled(trace))).toBeLessThan(30);
  });

  it("seeks only beyond 2 s, and never twice", () => {
    for (const { seeks } of lives) {
      for (const seek of seeks) expect(Math.abs(seek.errorMs)).toBeGreaterThan(2000);
      expect(seeks.length).toBeLessThan(2);
    }
  });

  it("keeps rates within 10 %, and within 3 % when it is nearly right", () => {
    for (const { trace } of lives)
      for (const { rate, readMs } of trace) {
        expect(Math.abs(rate - 1)).toBeLessThan(0.1001);
        // A step more, as a rate that is nearly right is left alone.
        if (Math.abs(readMs ?? 0) < 90) expect(Math.abs(rate - 1)).toBeLessThan(0.0326);
      }
  });

  it("leaves the rate alone for most of the time once it is right", () => {
    for (const outcome of lives) expect(turns(outcome, 40_000)).toBeLessThan(10); // in 20 s
  });
});

describe("what happens to players", () => {
  const at = 20_000;
  it.each<[string, World["events"], number]>([
    ["a decoder that hangs for 0.4 s", [{ atMs: at, kind: "decode stall", forMs: 400 }], 400],
    ["a network cut of 15 s", [{ atMs: at, kind: "network cut", forMs: 15_000 }], 15_000],
    ["a network cut of a minute", [{ atMs: at, kind: "network cut", forMs: 60_000 }], 60_000],
    ["a sleep in which clocks stop", [{ atMs: at, kind: "sleep", forMs: 60_000, clockStops: true }], 60_000],
    ["a sleep in which clocks go on", [{ atMs: at, kind: "sleep", forMs: 60_000, clockStops: false }], 60_000],
  ])("is back within 100 ms in 5 s after %s", (_name, events, forMs) => {
    for (const seed of SEEDS) {
      const { trace, seeks } = live({ ...FINE, seed, events, durationMs: 120_000 });
      expect(worst(trace, at + forMs + 5000)).toBeLessThan(100);
      for (const { moving, errorMs } of seeks) if (moving) expect(Math.abs(errorMs)).toBeGreaterThan(2000);
    }
  });

  it("follows a server's clock that is set by 200 ms without a seek, once two probes agree", () => {
    for (const seed of SEEDS) {
      const { trace, seeks } = live({
        ...FINE,
        seed,
        events: [{ atMs: 30_000, kind: "server clock set", byMs: 200 }],
        durationMs: 120_000,
      });
      expect(worst(trace, 90_000)).toBeLessThan(20);
      expect(seeks).toEqual([]);
    }
  });

  it("is off by half of what a network's two ways differ by, and no more", () => {
    const { trace } = live({ ...FINE, tripMs: 100, wayThere: 0.8 });
    expect(worst(trace, 40_000)).toBeGreaterThan(20);
    expect(worst(trace, 40_000)).toBeLessThan(50);
  });
});

describe("orders", () => {
  const reading: Reading = { atMs: 0, errorMs: 0, moving: true, aheadMs: 9000, nowBuffered: true };
  const step = (fields: Partial<Reading>) => new Controller().step({ ...reading, ...fields });

  it.each<[string, Partial<Reading>, Order]>([
    ["nothing is known", { errorMs: null }, { rate: 1, seek: false, hold: false }],
    ["it is right", { errorMs: 3 }, { rate: 1, seek: false, hold: false }],
    ["it is a little off", { errorMs: -12 }, { rate: 1, seek: false, hold: false }],
    ["it is 50 ms behind", { errorMs: -50 }, { rate: 1.02, seek: false, hold: false }],
    ["it is 50 ms ahead", { errorMs: 50 }, { rate: 0.98, seek: false, hold: false }],
    ["it is 1.9 s behind", { errorMs: -1900 }, { rate: 1.1, seek: false, hold: false }],
    ["it is behind and its buffer is thin", { errorMs: -100, aheadMs: 300 }, { rate: 1, seek: false, hold: false }],
    ["it is ahead and its buffer is thin", { errorMs: 100, aheadMs: 300 }, { rate: 0.97, seek: false, hold: false }],
    ["it is 2.1 s behind", { errorMs: -2100 }, { rate: 1, seek: true, hold: false }],
    ["it is 2.1 s ahead", { errorMs: 2100 }, { rate: 1, seek: true, hold: false }],
    ["it stands still and may go on at once", { errorMs: -300, moving: false }, { rate: 1, seek: true, hold: false }],
    [
      "it stands still as there is nothing",
      { errorMs: -3000, moving: false, nowBuffered: false },
      { rate: 1, seek: false, hold: true },
    ],
    [
      "it waits for what is long past",
      { errorMs: -7000, moving: false, nowBuffered: false },
      { rate: 1, seek: true, hold: false },
    ],
  ])("when %s", (_, fields, order) => {
    expect(step(fields)).toEqual(order);
  });

  it("does not repeat a seek that did not help at once, and each time waits longer", () => {
    const controller = new Controller();
    const at: number[] = [];
    for (let atMs = 0; atMs < 60_000; atMs += 250)
      if (controller.step({ ...reading, atMs, errorMs: -9000 }).seek) at.push(atMs);
    expect(at).toEqual([0, 3000, 9000, 21_000, 45_000]);
  });
});

function worst(trace: readonly Moment[], fromMs: number): number {
  return Math.max(...trace.filter(({ atMs }) => atMs >= fromMs).map(({ errorMs }) => Math.abs(errorMs)));
}

/** When the error was first within 20 ms for half a second. */
function settled(trace: readonly Moment[]): number {
  let since = Number.POSITIVE_INFINITY;
  for (const { atMs, errorMs } of trace) {
    if (Math.abs(errorMs) > 20) since = Number.POSITIVE_INFINITY;
    else if (since === Number.POSITIVE_INFINITY) since = atMs;
    else if (atMs - since > 500) return atMs;
  }
  return Number.POSITIVE_INFINITY;
}

function turns({ trace }: Outcome, fromMs: number): number {
  const rates = trace.filter(({ atMs }) => atMs >= fromMs).map(({ rate }) => rate);
  return rates.filter((rate, index) => index > 0 && rate !== rates[index - 1]).length;
}
