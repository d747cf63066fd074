import { act } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Player } from "../player/types";
import "./element";

const WATCH = {
  viewer: "v1",
  registered: true,
  viewer_token: "signed",
  channel: "main",
  title: "Channel One",
  state: "on air",
  now_ms: Date.now(),
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

const tree = (element: HTMLElement) => element.shadowRoot as ShadowRoot;
const text = (element: HTMLElement) => tree(element).querySelector("[role=status]")?.textContent;
const button = (element: HTMLElement, label: string) => tree(element).querySelector(`[aria-label="${label}"]`);

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

it("is one viewer, though two elements of a page come at once", async () => {
  put({ channel: "main" });
  put({ channel: "other" });
  await vi.waitFor(() => expect(asked).toHaveLength(2));
  expect(asked.map(({ body }) => body["viewer_token"])).toEqual([null, "signed"]);
});

it.each([
  [{}, null, "No channel is named"],
  [{ channel: "main", server: "tv.example" }, null, 'and not "tv.example"'],
  [{ channel: "main", server: "https://a b" }, null, 'and not "https://a b"'],
  [{ channel: "main" }, 401, "This channel needs a tokenThe server says: so it is."],
  [{ channel: "main", token: "old" }, 403, "The token does not countThe server says: so it is."],
  [{ channel: "mian" }, 404, "There is no such channelThe server says: so it is. If it is made,"],
  [{ channel: "main" }, 429, "Too many are coming at once"],
  [{ channel: "main" }, 422, "This channel cannot be watched hereThe server says: so it is."],
  [{ channel: "main", server: "https://tv.example" }, 503, "https://tv.example may be starting again"],
])("says what is wrong: %j, %j", async (attributes, status, words) => {
  answer = () => Response.json({ error: "so it is" }, { status: status ?? 500 });
  const element = put(attributes as Record<string, string>);
  await vi.waitFor(() => expect(text(element)).toContain(words));
  expect(asked).toHaveLength(status === null ? 0 : 1);
  expect(element.player).toBeNull();
});

it("has the controls of the watch page, as long as the page wants them", async () => {
  const element = put({ channel: "main", controls: "" });
  await vi.waitFor(() => expect(button(element, "Mute")).not.toBeNull());
  const video = tree(element).querySelector("video");
  expect(video?.controls).toBe(false);
  await act(async () => element.removeAttribute("controls"));
  expect(button(element, "Mute")).toBeNull();
  expect(tree(element).querySelector("video")).toBe(video);
});

it("takes keys that are pressed in it, and leaves the page its own", async () => {
  const element = put({ channel: "main", controls: "" });
  await vi.waitFor(() => expect(button(element, "Pause")).not.toBeNull());
  const press = (at: Element | null) =>
    act(
      async () => void at?.dispatchEvent(new KeyboardEvent("keydown", { key: "k", bubbles: true, composed: true })),
    );
  await press(document.body);
  expect(button(element, "Pause")).not.toBeNull();
  await press(button(element, "Mute"));
  expect(button(element, "Play")).not.toBeNull();
});

it("tells what its player does, and ends it when it is taken out", async () => {
  const told = vi.fn();
  document.body.addEventListener("streamsync-state", told);
  const element = put({ channel: "main" });
  await vi.waitFor(() => expect(told).toHaveBeenCalled());
  const player = element.player as Player;
  const ended = vi.spyOn(player, "destroy");
  element.remove();
  expect(ended).toHaveBeenCalledOnce();
  expect(element.player).toBeNull();
  expect(tree(element).childElementCount).toBe(0);
  told.mockClear();
  document.body.append(element);
  await vi.waitFor(() => expect(element.player).not.toBeNull());
  expect(element.player).not.toBe(player);
});

it("waits for a channel that is to begin, in sight of the time", async () => {
  const from = new Date(Date.now() + 90_000).toISOString();
  answer = () => Response.json({ ...WATCH, state: "to begin", on_air_from: from });
  const element = put({ channel: "main" });
  await vi.waitFor(() => expect(tree(element).querySelector("[role=timer]")).not.toBeNull());
  expect(element.player).toBeNull();
});

it("begins anew for another channel", async () => {
  const element = put({ channel: "main" });
  await vi.waitFor(() => expect(element.player).not.toBeNull());
  const ended = vi.spyOn(element.player as Player, "destroy");
  element.setAttribute("channel", "other");
  await vi.waitFor(() => expect(asked.at(-1)?.url).toBe("/api/v1/watch/other"));
  await vi.waitFor(() => expect(ended).toHaveBeenCalledOnce());
});
