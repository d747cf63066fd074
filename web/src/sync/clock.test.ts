import { describe, expect, it } from "vitest";
import { type Probe, probeDelayMs, ServerClock } from "./clock";
import { mulberry } from "./model.testing";

const AHEAD_MS = 1_764_000_000_000;

function probe(sentMs: number, tripMs: number, wayThere = 0.5, aheadMs = AHEAD_MS, ppm = 0): Probe {
  const read = (sentMs + tripMs * wayThere) * (1 - ppm * 1e-6);
  return { sentMs, gotMs: sentMs + tripMs, serverMs: Math.floor(read + aheadMs) };
}

function known(probes: readonly Probe[]): ServerClock {
  const clock = new ServerClock();
  for (const one of probes) clock.take(one);
  return clock;
}

describe("the server's clock", () => {
  it("is not known before the first probe, or from one that makes no sense", () => {
    expect(known([]).estimate(0)).toBeNull();
    expect(known([{ sentMs: 5, gotMs: 4, serverMs: 1 }]).estimate(0)).toBeNull();
    expect(known([{ sentMs: 4, gotMs: 5, serverMs: Number.NaN }]).estimate(0)).toBeNull();
  });

  it("is known within half a round trip from one probe, however lopsided", () => {
    for (const wayThere of [0, 0.2, 0.5, 0.9, 1]) {
      const told = known([probe(1000, 80, wayThere)]).estimate(1080);
      expect(Math.abs((told?.offsetMs ?? 0) - AHEAD_MS)).toBeLessThanOrEqual(told?.uncertaintyMs ?? 0);
    }
  });

  it("is what the shortest round trip says, not the last", () => {
    const told = known([probe(0, 300, 0.9), probe(1000, 10), probe(2000, 400, 0.1)]).estimate(2400);
    expect(told?.roundTripMs).toBe(10);
    expect(Math.abs((told?.offsetMs ?? 0) - AHEAD_MS)).toBeLessThan(1);
  });

  it("is finer than the whole milliseconds that probes tell", () => {
    const random = mulberry(7);
    const probes = Array.from({ length: 30 }, (_, index) => probe(index * 1000 + random(), 2));
    expect(Math.abs((known(probes).estimate(30_000)?.offsetMs ?? 0) - AHEAD_MS)).toBeLessThan(0.2);
  });

  it.each([-300, -40, 40, 300])("follows a device that is %d ppm fast, and an hour without a probe", (ppm) => {
    const random = mulberry(3);
    const probes = Array.from({ length: 20 }, (_, index) =>
      probe(index * 30_000, 20 + 15 * random(), 0.4 + 0.2 * random(), AHEAD_MS, ppm),
    );
    const clock = known(probes);
    expect(Math.abs((clock.estimate(600_000)?.driftPpm ?? 0) - ppm)).toBeLessThan(10);
    const later = 600_000 + 3_600_000;
    const told = clock.estimate(later);
    const truth = AHEAD_MS - later * ppm * 1e-6;
    expect(Math.abs((told?.offsetMs ?? 0) - truth)).toBeLessThan(40);
  });

  it("grows less certain with time", () => {
    const clock = known([probe(0, 10)]);
    expect(clock.estimate(600_000)?.uncertaintyMs).toBeGreaterThan((clock.estimate(1000)?.uncertaintyMs ?? 0) + 20);
  });

  it("puts one that contradicts aside, and believes two", () => {
    const clock = known([probe(0, 10), probe(1000, 10)]);
    clock.take(probe(2000, 10, 0.5, AHEAD_MS + 500));
    expect(clock.doubtful).toBe(true);
    expect(Math.abs((clock.estimate(2000)?.offsetMs ?? 0) - AHEAD_MS - 0)).toBeLessThan(1);
    clock.take(probe(2200, 10, 0.5, AHEAD_MS + 500));
    expect(clock.doubtful).toBe(false);
    expect(Math.abs((clock.estimate(2200)?.offsetMs ?? 0) - AHEAD_MS - 500)).toBeLessThan(1);
  });

  it("forgets one contradiction that the next denies", () => {
    const clock = known([probe(0, 10), probe(1000, 10)]);
    clock.take(probe(2000, 10, 0.5, AHEAD_MS + 500));
    clock.take(probe(2200, 10));
    expect(clock.doubtful).toBe(false);
    expect(Math.abs((clock.estimate(2200)?.offsetMs ?? 0) - AHEAD_MS - 0)).toBeLessThan(1);
  });

  it("believes the first one after a sleep", () => {
    const clock = known([probe(0, 10), probe(1000, 10)]);
    clock.distrust();
    clock.take(probe(2000, 60, 0.5, AHEAD_MS + 60_000));
    expect(Math.abs((clock.estimate(2060)?.offsetMs ?? 0) - AHEAD_MS - 60_000)).toBeLessThan(1);
  });
});

it("probes are many at first, then some two a minute", () => {
  expect([0, 1, 2, 3].map((before) => probeDelayMs(before, 0.5))).toEqual([0, 60, 150, 300]);
  expect(probeDelayMs(99, 0)).toBe(22_500);
  expect(probeDelayMs(99, 0.999)).toBeLessThan(37_500);
});
