import { expect, test } from "vitest";
import type { PublicChannel, PublicChannels } from "../../api/schema";
import { nextChangeMs } from "./channels";

const NOW_MS = Date.parse("2026-01-01T00:00:00Z");
const at = (second: number) => new Date(NOW_MS + second * 1000).toISOString();
const ONE: PublicChannel = {
  name: "main",
  title: "",
  description: "",
  state: "on air",
  on_air_from: at(-100),
  on_air_until: null,
  poster: null,
  now: null,
};
const told = (...channels: Partial<PublicChannel>[]): PublicChannels => ({
  now_ms: NOW_MS,
  channels: channels.map((one) => ({ ...ONE, ...one })),
});

test.each<[string, PublicChannels, number]>([
  ["nothing is to change", told({}), 30_000],
  ["there is no channel", told(), 30_000],
  ["what is on ends", told({ now: { title: "News", starts: at(0), ends: at(12) } }), 12_500],
  ["a channel begins", told({}, { state: "to begin", on_air_from: at(7) }), 7_500],
  ["a channel stops before another begins", told({ on_air_until: at(5) }, { on_air_from: at(7) }), 5_500],
  ["it changes at once", told({ on_air_until: at(0.2) }), 3_000],
])("%s: the list is asked for again then", (_, list, ms) => {
  expect(nextChangeMs(list)).toBe(ms);
});
