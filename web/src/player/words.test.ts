import { afterEach, expect, it, vi } from "vitest";
import { Changeable } from "./store";
import { goesOn, reach, shiftedUrl } from "./words";

afterEach(() => vi.unstubAllGlobals());

it.each([
  ["/live/main/v/index.m3u8", 0, 3600, "/live/main/v/index.m3u8"],
  ["/live/main/v/index.m3u8", 60_000, 0, "/live/main/v/index.m3u8"],
  ["/live/main/v/index.m3u8", 60_500, 3600, "/live/main/v/index.m3u8?back=91"],
  ["/live/main/v/index.m3u8?t=x", 60_500, 3600, "/live/main/v/index.m3u8?t=x&back=91"],
  ["/live/main/v/index.m3u8", 9_000_000, 3600, "/live/main/v/index.m3u8?back=3600"],
])("%s, %d ms back of %d s", (url, backMs, timeshiftS, shifted) => {
  expect(shiftedUrl(url, backMs, timeshiftS)).toBe(shifted);
});

it("time shift reaches back as far as it may, and not before the channel began", () => {
  expect(reach(100_000, 0, null)).toBeNull();
  expect(reach(100_000, 60, null)).toEqual({ fromMs: 40_000, toMs: 100_000 });
  expect(reach(100_000, 60, 70_000)).toEqual({ fromMs: 70_000, toMs: 100_000 });
  expect(reach(100_000, 60, 130_000)).toEqual({ fromMs: 100_000, toMs: 100_000 });
});

it.each([
  ["#EXTINF:4,\n/chunks/a.m4s\n", 200, true],
  ["#EXTINF:4,\n/chunks/a.m4s\n#EXT-X-ENDLIST\n", 200, false],
  ["", 404, false],
])("knows of %j (%d) whether it goes on", async (media, status, goes) => {
  vi.stubGlobal("fetch", async (url: string | URL) => {
    const first = String(url).endsWith("index.m3u8");
    const text = first ? "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n../lineups/x/v.m3u8\n" : media;
    const response = new Response(text, { status: first ? 200 : status });
    Object.defineProperty(response, "url", { value: "http://h/live/main/v/index.m3u8" });
    return response;
  });
  expect(await goesOn("http://h/live/main/v/index.m3u8")).toBe(goes);
});

it("a store tells of changes only, and keeps its value the same object meanwhile", () => {
  const store = new Changeable({ a: 1, b: "x" });
  const told = vi.fn();
  const end = store.subscribe(told);
  const before = store.get();
  store.change({ a: 1 });
  expect(store.get()).toBe(before);
  store.change({ a: 2 });
  expect(store.get()).toEqual({ a: 2, b: "x" });
  end();
  store.change({ a: 3 });
  expect(told).toHaveBeenCalledTimes(1);
});
