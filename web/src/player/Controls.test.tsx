import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import type { About } from "./about";
import { ModelPlayer } from "./model.testing";
import { PlayerView } from "./PlayerView";
import type { PlayerState } from "./types";

const NOW_MS = 1_800_000_000_000;
const ABOUT: About = { channel: "Channel One", on: null, entries: [], look: () => undefined };
const LEVELS = [
  { index: 0, height: 360, bitrateKbps: 800 },
  { index: 1, height: 1080, bitrateKbps: 5200 },
];

function shown(state: Partial<PlayerState> = {}, shiftS = 0) {
  const range = shiftS > 0 ? { fromMs: NOW_MS - shiftS * 1000, toMs: NOW_MS } : null;
  const player = new ModelPlayer(state, NOW_MS, range);
  const make = () => player;
  render(<PlayerView make={make} about={ABOUT} />);
  return { player, state: player.state.get, user: userEvent.setup() };
}

const button = (name: string | RegExp) => screen.getByRole("button", { name });

test.each([
  ["k", { wanted: false }],
  [" ", { wanted: false }],
  ["m", { muted: true }],
  ["f", { fullscreen: true }],
  ["i", { pictureInPicture: true }],
  ["{ArrowDown}", { volume: 0.95 }],
  ["c", { subtitle: 1 }],
])("key %j does what the list of keys says", async (key, expected) => {
  const { state, user } = shown({ subtitles: [{ index: 1, name: "Deutsch", language: "de" }] });
  await user.keyboard(key);
  expect(state()).toMatchObject(expected);
});

test("the arrows and l move in time shift, and not beyond it", async () => {
  const { player, user } = shown({}, 15);
  await user.keyboard("{ArrowLeft}");
  expect(player.shownMs).toBe(NOW_MS - 10_000);
  await user.keyboard("{ArrowLeft}");
  expect(player.shownMs).toBe(NOW_MS - 15_000);
  await user.keyboard("{ArrowRight}");
  expect(player.shownMs).toBe(NOW_MS - 5_000);
  await user.keyboard("l");
  expect(player.shownMs).toBe(NOW_MS);
});

test("space on a button presses that button alone", async () => {
  const { state, user } = shown();
  button("Mute").focus();
  await user.keyboard(" ");
  expect(state()).toMatchObject({ muted: true, wanted: true });
});

test("keys are the browser's where they come with Control", async () => {
  const { state, user } = shown();
  await user.keyboard("{Control>}f{/Control}");
  expect(state().fullscreen).toBe(false);
});

test("keys can be kept from who never meant the player, and then work where it has the focus", async () => {
  const { state, user } = shown();
  await user.keyboard("?");
  await user.click(screen.getByRole("checkbox"));
  await user.click(button("Close"));
  (document.activeElement as HTMLElement).blur();
  await user.keyboard("k");
  expect(state().wanted).toBe(true);
  button("Mute").focus();
  await user.keyboard("k");
  expect(state().wanted).toBe(false);
  localStorage.clear();
});

test("the menu is walked with arrows, chooses with Enter, and gives the focus back", async () => {
  const { state, user } = shown({ levels: LEVELS });
  button("Quality and languages").focus();
  await user.keyboard("{ArrowDown}");
  expect(screen.getByRole("menuitemradio", { name: /Automatic/ })).toHaveFocus();
  await user.keyboard("{ArrowDown}");
  expect(screen.getByRole("menuitemradio", { name: /1080p/ })).toHaveFocus();
  await user.keyboard("{Enter}");
  expect(state().chosenLevel).toBe(1);
  expect(screen.queryByRole("menu")).toBeNull();
  expect(button("Quality and languages")).toHaveFocus();
  await user.keyboard("{Enter}{Escape}");
  expect(screen.queryByRole("menu")).toBeNull();
  expect(button("Quality and languages")).toHaveFocus();
});

test("a menu of languages is there only when there is a choice", async () => {
  const { user } = shown({
    levels: LEVELS,
    audioTracks: [{ index: 0, name: "English", language: "en" }],
    subtitles: [{ index: 0, name: "Deutsch", language: "de" }],
  });
  await user.click(button("Quality and languages"));
  expect(screen.queryByRole("group", { name: "Audio" })).toBeNull();
  const subtitles = within(screen.getByRole("group", { name: "Subtitles" }));
  expect(subtitles.getByRole("menuitemradio", { name: "Off" })).toBeChecked();
});

test("there is no menu where there is nothing to choose", () => {
  shown();
  expect(screen.queryByRole("button", { name: "Quality and languages" })).toBeNull();
});

test("the slider sets the volume, and gives sound back", async () => {
  const { player, state, user } = shown({ muted: true });
  expect(screen.getByRole("slider", { name: "Volume" })).toHaveAttribute("aria-valuetext", "0 %");
  await user.keyboard("{ArrowUp}");
  expect(state()).toMatchObject({ muted: false, volume: 0.05 });
  player.setVolume(0.5);
  expect(await screen.findByRole("slider", { name: "Volume" })).toHaveAttribute("aria-valuetext", "50 %");
});

test("where the browser took the sound, one tap anywhere on the picture gives it back and stops nothing", async () => {
  const { state, user } = shown({ muted: true, mutedByBrowser: true });
  await user.click(button("Tap to unmute"));
  expect(state()).toMatchObject({ muted: false, wanted: true });
  expect(screen.queryByRole("button", { name: "Tap to unmute" })).toBeNull();
});

test("where the browser let nothing start, one tap does", async () => {
  const { state, user } = shown({ blocked: true, phase: "paused" });
  await user.click(button("Tap to play"));
  expect(state()).toMatchObject({ blocked: false, phase: "playing" });
});

test("who paused is led back to live", async () => {
  const { state, user } = shown();
  expect(screen.queryByRole("button", { name: "Go live" })).toBeNull();
  await user.click(button("Pause"));
  await user.click(button("Go live"));
  expect(state()).toMatchObject({ mode: "live", phase: "playing" });
});

test("screen readers are told of changes of state, not of milliseconds", async () => {
  const { user } = shown();
  const told = screen.getByRole("status");
  expect(told).toHaveTextContent("Playing");
  await user.click(button("Pause"));
  expect(told).toHaveTextContent("Paused");
  await user.click(button("Mute"));
  expect(told).toHaveTextContent("Sound is off");
});

test("what failed says what to do, and can be tried again", async () => {
  const problem = { message: "The picture cannot be decoded", advice: "Try another browser." };
  const player = new ModelPlayer({ phase: "failed", problem });
  const make = vi.fn(() => player);
  render(<PlayerView make={make} about={ABOUT} />);
  expect(screen.getByText("Try another browser.")).toBeVisible();
  await userEvent.click(button("Try again"));
  expect(make).toHaveBeenCalledTimes(2);
});
