import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { ModelPlayer, READING } from "./model.testing";
import { SyncBadge, syncWords } from "./SyncBadge";
import type { SyncReading } from "./types";

test.each<[Partial<SyncReading>, number | null, string]>([
  [{}, 0, "in sync, +12 ms"],
  [{ errorMs: -8.6 }, 0, "in sync, \u22129 ms"],
  [{ errorMs: -0.4 }, 0, "in sync, +0 ms"],
  [{ state: "settling", errorMs: -420 }, 420, "settling, \u2212420 ms"],
  [{ state: "settling", errorMs: null }, null, "settling"],
  [{ state: "unknown", errorMs: null }, null, "finding the time"],
  [{ state: "behind" }, 42_000, "42 s behind"],
  [{ state: "behind" }, 3_700_000, "61 min behind"],
  [{ state: "behind" }, null, "behind"],
])("%j, %j ms behind, is told as such", (reading, behindMs, words) => {
  expect(syncWords({ ...READING, ...reading }, behindMs).join(", ")).toBe(words);
});

test("its details are shown on demand, and Escape closes them", async () => {
  const player = new ModelPlayer({ shownLevel: { index: 1, height: 720, bitrateKbps: 2800 } });
  render(<SyncBadge player={player} video={{ current: null }} onOpen={() => undefined} />);
  const badge = screen.getByRole("button", { name: "in sync, +12 ms" });
  expect(badge).toHaveAttribute("aria-expanded", "false");
  await userEvent.click(badge);
  const details = screen.getByRole("region", { name: "How together with the clock" });
  expect(details).toHaveTextContent("Clock offset\u22123 ms");
  expect(details).toHaveTextContent("Round trip1 ms");
  expect(details).toHaveTextContent("Quality720p, 2.8 Mb/s");
  await userEvent.keyboard("{Escape}");
  expect(screen.queryByRole("region")).toBeNull();
});
