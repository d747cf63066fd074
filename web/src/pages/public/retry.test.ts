import { expect, test } from "vitest";
import { retryMs } from "./retry";

test.each([
  [0, null, 0, 2_000],
  [1, null, 0, 4_000],
  [9, null, 0, 30_000],
  [0, 10, 0, 10_000],
  [4, 10, 0, 30_000],
  [0, null, 1, 3_000],
  [0, 10, 1, 15_000],
])("after %d failures and a wish of %j s it is asked again in %d of chance: %d ms", (failures, wish, chance, ms) => {
  expect(retryMs(failures, wish, chance)).toBe(ms);
});
