import { act, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

// The client of the API takes the browser's `fetch` when it is loaded.
const { answers, asked } = vi.hoisted(() => {
  const answers: (() => Response)[] = [];
  const asked: Request[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    asked.push(request);
    const next = answers.length > 1 ? answers.shift() : answers[0];
    if (next === undefined) throw new TypeError("network error");
    return next();
  });
  return { answers, asked };
});

import "../../player/engine"; // the page loads it when it needs it: here that would end after the tests
import { Watch } from "./Watch";

const json =
  (body: unknown, status = 200, headers = {}) =>
  () =>
    Response.json(body, { status, headers });
const refusal = (status: number, headers = {}) => json({ error: "so it is" }, status, headers);
const VIEW = {
  viewer: "v-1",
  registered: true,
  viewer_token: null,
  channel: "main",
  title: "Channel One",
  description: "",
  state: "on air",
  on_air_from: null,
  on_air_until: null,
  stream: "/live/main/v-1/index.m3u8",
  now_ms: 0,
  timeshift_s: 0,
  beacon_s: 10,
};

beforeEach(() => {
  history.replaceState(null, "", "/watch/main");
  vi.useFakeTimers({ shouldAdvanceTime: true });
});
afterEach(() => {
  answers.length = 0;
  asked.length = 0;
  vi.useRealTimers();
});

const heading = (name: string) => screen.findByRole("heading", { level: 2, name });
const later = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));

test.each([
  [401, "This channel needs a link of your own"],
  [403, "This link does not count any more"],
])("%d is a page that waits for the viewer, and asks no more", async (status, title) => {
  answers.push(refusal(status));
  render(<Watch />);
  await heading(title);
  await later(120_000);
  expect(asked).toHaveLength(1);
});

test.each([
  [404, "There is no such channel"],
  [429, "Too many are coming at once"],
  [503, "The server does not answer"],
])("%d is a page that asks again by itself", async (status, title) => {
  answers.push(refusal(status), json({ ...VIEW, state: "not started" }));
  render(<Watch />);
  await heading(title);
  await later(3_100);
  await heading("Channel One is not on air yet");
});

test("Retry-After is obeyed", async () => {
  answers.push(refusal(503, { "Retry-After": "20" }), json({ ...VIEW, state: "stopped" }));
  render(<Watch />);
  await heading("The server does not answer");
  await later(19_900);
  expect(asked).toHaveLength(1);
  await later(10_200);
  await heading("Channel One has ended");
});

test("a server that is away is asked for, ever more seldom", async () => {
  render(<Watch />);
  await heading("The server does not answer");
  for (let s = 0; s < 60; s += 1) await later(1_000);
  // After 2, 4, 8, 16 and 30 seconds, or up to half as long again.
  expect(asked.length).toBeGreaterThanOrEqual(5);
  expect(asked.length).toBeLessThanOrEqual(6);
});

test("a channel that is to begin counts down", async () => {
  const starts = new Date(Date.now() + 90_000).toISOString();
  answers.push(json({ ...VIEW, state: "to begin", on_air_from: starts, now_ms: Date.now() }));
  render(<Watch />);
  expect(await screen.findByRole("timer")).toHaveTextContent(/^01minute(29|30)seconds$/);
});

test("a token is handed over in the body, and is in no address", async () => {
  history.replaceState(null, "", "/watch/main?t=SECRET");
  answers.push(refusal(403));
  render(<Watch />);
  await heading("This link does not count any more");
  const request = asked[0];
  expect(await request?.json()).toEqual({ playback_token: "SECRET", portable: false });
  expect(request?.url).not.toContain("SECRET");
  expect(location.search).toBe("");
  expect(sessionStorage.getItem("streamsync-playback-token main")).toBeNull();
});

test("who names no channel is shown what there is to choose", async () => {
  history.replaceState(null, "", "/watch");
  const one = { name: "a", title: "A", description: "", state: "on air", on_air_from: null, on_air_until: null };
  const both = ["a", "b"].map((name) => ({ ...one, name, title: name, poster: null, now: null }));
  answers.push(json({ now_ms: Date.now(), channels: both }));
  render(<Watch />);
  expect(await screen.findByRole("link", { name: /^a/ })).toHaveAttribute("href", "/watch/a");
  expect(screen.getByRole("link", { name: /^b/ })).toHaveAttribute("href", "/watch/b");
});
