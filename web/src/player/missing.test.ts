import { expect, it } from "vitest";
import { Missing } from "./missing";

it("asks whether the server is there, and begins anew when it is and yet does not list what is due", () => {
  const missing = new Missing();
  expect(missing.advice(10_000, 5000)).toBe("ask");
  expect(missing.advice(13_900, 10_200)).toBe("wait");
  expect(missing.advice(14_000, 10_200)).toBe("reload");
  expect(missing.advice(14_250, 10_200)).toBe("ask");
});

it("keeps what it has for as long as nobody answers", () => {
  const missing = new Missing();
  missing.advice(10_000, 9999);
  for (let atMs = 14_000; atMs < 600_000; atMs += 250) expect(missing.advice(atMs, 9999)).toBe("away");
});

it("gives a server that is back its time", () => {
  const missing = new Missing();
  missing.advice(10_000, 9000);
  expect(missing.advice(60_000, 9000)).toBe("away");
  missing.over();
  expect(missing.advice(60_250, 60_200)).toBe("ask");
  expect(missing.advice(64_000, 60_200)).toBe("wait");
  expect(missing.advice(64_250, 60_300)).toBe("reload");
});
