import { afterEach, expect, test, vi } from "vitest";
import { api, onAttended } from "../../api/client";
import { attendance, LEFT_MS } from "./attended";
import { serve } from "./server.testing";

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  onAttended(() => true);
});

test("a page that nobody touches says so, until somebody does", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  const asked = serve({ "GET /channels": [200, []] });
  onAttended(attendance());
  await api.GET("/channels");
  vi.advanceTimersByTime(LEFT_MS - 1);
  await api.GET("/channels");
  vi.advanceTimersByTime(1);
  await api.GET("/channels");
  dispatchEvent(new Event("pointermove"));
  await api.GET("/channels");
  expect(asked.map(({ headers }) => headers.get("X-Unattended"))).toEqual([null, null, "1", null]);
});
