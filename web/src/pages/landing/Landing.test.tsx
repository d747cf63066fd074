import { render, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";

vi.hoisted(() => vi.stubGlobal("fetch", async () => Response.json({ now_ms: 1, channels: [] })));

import { Landing } from "./Landing";

test.each([
  ["Watch now", "/watch"],
  ["Dashboard", "/admin"],
  ["API", "/docs"],
])("%s is one step away", async (name, path) => {
  render(<Landing />);
  expect(await screen.findByRole("link", { name })).toHaveAttribute("href", path);
});
