import { render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Admin } from "../../Admin";
import { type Answer, type Asked, SESSION, serve } from "../../server.testing";
import type { Role } from "../../session/session";

const NOW = Date.now();
const CLIP_S = 20;
const EDITS = "/channels/main/viewers/alice/edits";

/** Clips of twenty seconds from now on, by the letters of their titles; a capital is a moment. */
function guide(letters: string) {
  const at = (place: number) => new Date(NOW + place * CLIP_S * 1000).toISOString();
  const entries = [...letters].map((title, place) => ({
    kind: title === title.toUpperCase() ? "moment" : "clip",
    starts: at(place),
    ends: at(place + 1),
    title,
    asset: title,
    moment: title === title.toUpperCase() ? "kick-off" : null,
    part: null,
    poster: null,
  }));
  return { channel: "main", viewer: "alice", lineup: "d-1", starts: at(0), ends: at(99), next: null, entries };
}

const airing = (title: string, msn: number) => ({ asset: title, title, msn, starts: new Date(NOW).toISOString() });
const EFFECTS = {
  text: "it changes what airs",
  unchanged_until: new Date(NOW + 60_000).toISOString(),
  sample: false,
  effects: [
    {
      viewer: "alice",
      lineup: "d-1",
      differs_from: new Date(NOW + 60_000).toISOString(),
      before: [airing("d", 7), airing("e", 8)],
      after: [airing("e", 7), airing("d", 8)],
    },
  ],
};
const MADE = { id: "e1", clips: ["e", "d"], drop: 2, version: 4 };
const isTrial = (asked: Asked) => asked.query.get("dry_run") === "true";

beforeEach(() => {
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      disconnect() {}
    },
  );
});
afterEach(() => vi.unstubAllGlobals());

function open(edit: (asked: Asked) => Answer, { role = "editor" as Role, version = 3 } = {}): Asked[] {
  history.replaceState(null, "", "/admin/viewers/alice?channel=main");
  return serve({
    "GET /session": [200, { ...SESSION, role }],
    "GET /channels": [200, { channels: [{ name: "main", state: "on air" }], next: null }],
    "GET /channels/main": [200, { name: "main", lookahead_ticks: 16 * 90_000, public: true }],
    "GET /channels/main/viewers/alice/epg": [200, guide("abcdefMg")],
    [`GET ${EDITS}`]: [200, { version, edits: [] }],
    [`POST ${EDITS}`]: edit,
    [`DELETE ${EDITS}/e1`]: [200, { version: 5, edits: [] }],
  });
}

const clip = (title: string) => screen.findByRole("button", { name: new RegExp(`^${title}, `) });
const changes = (asked: Asked[]) => asked.filter(({ door }) => door === `POST ${EDITS}`);

test("a clip is moved by keyboard, looked at, applied for the version that was looked at, and undone", async () => {
  const asked = open((one) => [isTrial(one) ? 200 : 201, isTrial(one) ? EFFECTS : MADE]);
  render(<Admin />);
  (await clip("e")).focus();
  await userEvent.keyboard(" {ArrowLeft}");
  expect(await screen.findByText("Now 1 earlier.")).toBeInTheDocument();
  await userEvent.keyboard(" ");
  const dialog = await screen.findByRole("dialog", { name: "Move e" });
  expect(await within(dialog).findByText(/it changes what airs/)).toBeInTheDocument();
  await userEvent.click(within(dialog).getByRole("button", { name: "Apply" }));
  expect(await screen.findByText("Changed for alice.")).toBeInTheDocument();
  const [tried, made] = changes(asked);
  for (const one of [tried, made]) {
    expect(one?.headers.get("If-Match")).toBe('"3"');
    expect(one?.body).toMatchObject({ order: [2, 1], clips: [], drop: 0 });
  }
  expect(changes(asked)).toHaveLength(2);
  await userEvent.click(screen.getByRole("button", { name: "Undo" }));
  expect(await screen.findByText("It is as before.")).toBeInTheDocument();
  expect(asked.some(({ door }) => door === `DELETE ${EDITS}/e1`)).toBe(true);
});

test("escape puts it back, and the server is asked for nothing", async () => {
  const asked = open(() => [500]);
  render(<Admin />);
  (await clip("e")).focus();
  await userEvent.keyboard(" {ArrowLeft}{Escape}");
  expect(await screen.findByText("Put back.")).toBeInTheDocument();
  expect(screen.queryByRole("dialog")).toBeNull();
  expect(changes(asked)).toEqual([]);
});

test("what somebody else changed meanwhile is told in the dialog, and looked at again", async () => {
  let applied = 0;
  const asked = open((one) => {
    if (isTrial(one)) return [200, EFFECTS];
    applied += 1;
    return applied === 1 ? [409, { error: "lineup 'd-1' is at version 4" }] : [201, MADE];
  });
  render(<Admin />);
  (await clip("e")).focus();
  await userEvent.click(await screen.findByRole("button", { name: "Skip" }));
  const dialog = await screen.findByRole("dialog", { name: "Skip e" });
  await within(dialog).findByText(/it changes what airs/);
  await userEvent.click(within(dialog).getByRole("button", { name: "Apply" }));
  expect(await within(dialog).findByRole("alert")).toHaveTextContent("is at version 4");
  await userEvent.click(within(dialog).getByRole("button", { name: "Look again" }));
  await waitFor(() => expect(within(dialog).getByRole("button", { name: "Apply" })).toBeEnabled());
  await userEvent.click(within(dialog).getByRole("button", { name: "Apply" }));
  expect(await screen.findByText("Changed for alice.")).toBeInTheDocument();
  expect(changes(asked).map(isTrial)).toEqual([true, false, true, false]);
});

test("moments and what is listed are fixed; who only looks changes nothing", async () => {
  open(() => [500]);
  const shown = render(<Admin />);
  expect(await clip("a")).toHaveAccessibleName(/fixed$/);
  expect(await clip("M")).toHaveAccessibleName(/shared moment, fixed$/);
  await waitFor(async () => expect(await clip("e")).toHaveAccessibleName(/can be moved/));
  shown.unmount();
  open(() => [500], { role: "viewer" });
  render(<Admin />);
  (await clip("e")).focus();
  expect(await clip("e")).toHaveAccessibleName(/fixed$/);
  expect(screen.queryByRole("button", { name: "Skip" })).toBeNull();
});
