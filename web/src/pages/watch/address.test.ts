import { afterEach, expect, test } from "vitest";
import { channelOf, dropToken, takeToken } from "./address";

afterEach(() => {
  sessionStorage.clear();
  history.replaceState(null, "", "/");
});

test.each([
  ["/watch", null],
  ["/watch/", null],
  ["/watch/main", "main"],
  ["/watch/main/", "main"],
  ["/watch/caf%C3%A9", "café"],
  ["/watch/%", "%"],
  ["/watch/a/b", null],
])("%s names %j", (path, channel) => {
  expect(channelOf(path)).toBe(channel);
});

test("a token leaves the address bar, nothing else does", () => {
  history.replaceState(null, "", "/watch/main?a=1&t=SECRET&b=2#x");
  expect(takeToken("main")).toBe("SECRET");
  expect(location.href.endsWith("/watch/main?a=1&b=2#x")).toBe(true);
});

test("a reload finds it again, another channel does not", () => {
  history.replaceState(null, "", "/watch/main?t=SECRET");
  takeToken("main");
  expect(takeToken("main")).toBe("SECRET");
  expect(takeToken("other")).toBeNull();
});

test("a newer one counts, and one that was dropped counts no more", () => {
  history.replaceState(null, "", "/watch/main?t=OLD");
  takeToken("main");
  history.replaceState(null, "", "/watch/main?t=NEW");
  expect(takeToken("main")).toBe("NEW");
  dropToken("main");
  expect(takeToken("main")).toBeNull();
});

test("an empty one is none", () => {
  history.replaceState(null, "", "/watch/main?t=");
  expect(takeToken("main")).toBeNull();
  expect(location.search).toBe("");
});
