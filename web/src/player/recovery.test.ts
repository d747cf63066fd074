import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type Means, Recovery } from "./recovery";
import type { Failure } from "./source";

const FAILURE: Failure = { kind: "network", code: "fragLoadError", status: 0, retryAfterS: null, atFirst: false };

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0.5);
});
afterEach(() => vi.useRealTimers());

function means() {
  const deeds: string[] = [];
  const did = (deed: string) => () => void deeds.push(deed);
  const all: Means = {
    reload: did("reload"),
    resume: did("resume"),
    mend: did("mend"),
    look: did("look"),
    wait: ({ message }) => deeds.push(`wait: ${message}`),
    giveUp: ({ message }) => deeds.push(`give up: ${message}`),
  };
  return { deeds, recovery: new Recovery(all) };
}

it("asks again for a segment that could not be had, soon", () => {
  const { deeds, recovery } = means();
  for (let time = 0; time < 9; time += 1) {
    recovery.failed(FAILURE);
    vi.advanceTimersByTime(2000);
  }
  expect(deeds).toEqual(Array(9).fill("resume"));
});

it.each([
  [404, "The channel is not on air now."],
  [503, "The channel is not on air now."],
  [0, "The server does not answer."],
  [502, "The server does not answer."],
])("waits for a channel whose playlist is answered with %d", (status, message) => {
  const { deeds, recovery } = means();
  recovery.failed({ ...FAILURE, atFirst: true, status });
  expect(deeds).toEqual([`wait: ${message}`]);
  vi.advanceTimersByTime(1000);
  expect(deeds).toEqual([`wait: ${message}`, "reload"]);
});

it("waits as long as it is told", () => {
  const { deeds, recovery } = means();
  recovery.failed({ ...FAILURE, atFirst: true, status: 503, retryAfterS: 60 });
  vi.advanceTimersByTime(59_000);
  expect(deeds).not.toContain("reload");
  vi.advanceTimersByTime(10_000);
  expect(deeds).toContain("reload");
});

it("does at once what it waits with when the network is back, and nothing when it waits for nothing", () => {
  const { deeds, recovery } = means();
  recovery.hurry();
  expect(deeds).toEqual([]);
  recovery.failed({ ...FAILURE, atFirst: true, status: 503, retryAfterS: 600 });
  recovery.hurry();
  expect(deeds.at(-1)).toBe("reload");
  recovery.failed(FAILURE);
  recovery.hurry();
  vi.advanceTimersByTime(60_000);
  expect(deeds.slice(-2)).toEqual(["reload", "resume"]); // what is on screen stays
});

it("gives up on a token that is refused again and again, with what to do", () => {
  const { deeds, recovery } = means();
  for (let time = 0; time < 4; time += 1) {
    recovery.failed({ ...FAILURE, status: 401 });
    vi.advanceTimersByTime(15_000);
  }
  expect(deeds).toEqual(["reload", "reload", "reload", "give up: The server does not let you watch this."]);
});

it("begins anew for a playlist that is gone", () => {
  const { deeds, recovery } = means();
  recovery.failed({ ...FAILURE, code: "levelLoadError", status: 404 });
  vi.advanceTimersByTime(1000);
  expect(deeds).toEqual(["reload"]);
});

it("mends a decoder twice, then begins anew, and gives up in the end", () => {
  const { deeds, recovery } = means();
  for (let time = 0; time < 8; time += 1) {
    recovery.failed({ ...FAILURE, kind: "media" });
    vi.advanceTimersByTime(1);
  }
  vi.advanceTimersByTime(60_000);
  expect(deeds.slice(0, 2)).toEqual(["mend", "mend"]);
  expect(deeds).toContain("reload");
  expect(deeds).toContain("give up: This browser cannot play the stream.");
});

it("looks every few seconds whether a channel that was stopped goes on", () => {
  const { deeds, recovery } = means();
  recovery.over();
  vi.advanceTimersByTime(10_000);
  expect(deeds).toEqual(["wait: The channel was stopped.", "look"]);
});
