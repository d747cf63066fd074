import { expect, test } from "vitest";
import type { PublicChannel } from "../../api/schema";
import { obvious } from "./join";

const one = (name: string, state: PublicChannel["state"]): PublicChannel => ({
  name,
  title: "",
  description: "",
  state,
  on_air_from: null,
  on_air_until: null,
  poster: null,
  now: null,
});

test.each<[string, PublicChannel[], string | null]>([
  ["none", [], null],
  ["the only one, whatever it is", [one("a", "stopped")], "a"],
  ["the only one on air", [one("a", "stopped"), one("b", "on air")], "b"],
  ["none of two on air", [one("a", "on air"), one("b", "on air")], null],
  ["none where none is on air", [one("a", "stopped"), one("b", "to begin")], null],
])("who names no channel is shown %s", (_, channels, name) => {
  expect(obvious(channels)).toBe(name);
});
