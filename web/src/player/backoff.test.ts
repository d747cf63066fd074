import { expect, it } from "vitest";
import { Allowance, Backoff } from "./backoff";

it("doubles, with half of it luck, up to 15 s", () => {
  const backoff = new Backoff();
  expect([1, 1, 1, 1, 1, 1, 1].map((luck) => backoff.next(luck))).toEqual([
    500, 1000, 2000, 4000, 8000, 15_000, 15_000,
  ]);
  backoff.reset();
  expect(backoff.next(0)).toBe(250);
});

it("waits as long as the server asks for, and not everybody to the same instant", () => {
  expect(new Backoff().next(0, 10)).toBe(10_000);
  expect(new Backoff().next(0.5, 10)).toBe(11_000);
});

it("allows so often in a span", () => {
  const twice = new Allowance(2, 1000);
  expect([0, 10, 20, 1005, 1006].map((at) => twice.take(at))).toEqual([true, true, false, true, false]);
});
