import { afterEach, beforeEach, expect, it, vi } from "vitest";
import "./element";

const WATCH = {
  viewer: "v1",
  registered: true,
  viewer_token: "signed",
  channel: "main",
  stream: "/live/main/v1/index.m3u8",
  on_air_from: null,
  timeshift_s: 0,
  beacon_s: 10,
};
let asked: { url: string; body: Record<string, unknown> }[];
let answer: () => Response;

beforeEach(() => {
  asked = [];
  answer = () => Response.json(WATCH);
  vi.stubGlobal("fetch", async (url: string, init?: { method?: string; body?: string }) => {
    if (init?.method !== "POST" || !url.includes("/watch/")) return Response.json({ now_ms: 1 });
    asked.push({ url, body: JSON.parse(init.body ?? "{}") });
    return answer();
  });
});
navigator.sendBeacon = () => true;
afterEach(() => {
  document.body.replaceChildren();
  localStorage.clear();
  vi.unstubAllGlobals();
});

function put(attributes: Record<string, string>): HTMLElement & { player: unknown } {
  const element = document.createElement("streamsync-player") as HTMLElement & { player: unknown };
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  document.body.append(element);
  return element;
}

const note = (element: HTMLElement) => element.shadowRoot?.querySelector("[role=status]")?.textContent;

it("registers its viewer with a token that the page keeps, and is the same one again", async () => {
  put({ server: "https://tv.example/", channel: "main", token: "t1" });
  await vi.waitFor(() => expect(localStorage.getItem("streamsync-viewer:https://tv.example")).toBe("signed"));
  expect(asked).toEqual([
    {
      url: "https://tv.example/api/v1/watch/main",
      body: { portable: true, viewer_token: null, playback_token: "t1" },
    },
  ]);
  document.body.replaceChildren();
  put({ server: "https://tv.example", channel: "main" });
  await vi.waitFor(() => expect(asked[1]?.body).toEqual({ portable: true, viewer_token: "signed" }));
});

it("says what is wrong: no channel, or a refusal", async () => {
  expect(note(put({}))).toContain("Name a channel");
  answer = () => Response.json({ error: "channel 'main' needs a playback token" }, { status: 401 });
  const refused = put({ channel: "main" });
  await vi.waitFor(() => expect(note(refused)).toBe("channel 'main' needs a playback token"));
});

it("tells what its player does, and ends it when it is taken out", async () => {
  const told = vi.fn();
  document.body.addEventListener("streamsync-state", told);
  const element = put({ channel: "main", controls: "" });
  await vi.waitFor(() => expect(told).toHaveBeenCalled());
  expect(element.player).not.toBeNull();
  expect(element.shadowRoot?.querySelector("video")?.controls).toBe(true);
  element.removeAttribute("controls");
  expect(element.shadowRoot?.querySelector("video")?.controls).toBe(false);
  element.remove();
  expect(element.player).toBeNull();
  expect(element.shadowRoot?.childElementCount).toBe(0);
});

it("begins anew for another channel", async () => {
  const element = put({ channel: "main" });
  await vi.waitFor(() => expect(element.player).not.toBeNull());
  element.setAttribute("channel", "other");
  await vi.waitFor(() => expect(asked.at(-1)?.url).toBe("/api/v1/watch/other"));
});
