import { act, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Toasts, useToast } from "./Toasts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function Speaker() {
  const say = useToast();
  return (
    <>
      <button type="button" onClick={() => say("It is done.")}>
        good
      </button>
      <button type="button" onClick={() => say("It failed.", { bad: true })}>
        bad
      </button>
    </>
  );
}

function said(what: "good" | "bad") {
  render(
    <Toasts>
      <Speaker />
    </Toasts>,
  );
  fireEvent.click(screen.getByRole("button", { name: what }));
}

const later = (ms: number) => act(() => void vi.advanceTimersByTime(ms));

test("what was done is told for a while, and for as long as one is on it", () => {
  said("good");
  later(5000);
  fireEvent.focus(screen.getByRole("button", { name: "Take this note away" }));
  later(60_000);
  expect(screen.getByText("It is done.")).toBeVisible();
  fireEvent.blur(screen.getByRole("button", { name: "Take this note away" }));
  later(6000);
  expect(screen.queryByText("It is done.")).toBeNull();
});

test("what failed is told until it is taken away", () => {
  said("bad");
  later(600_000);
  expect(screen.getByRole("alert")).toHaveTextContent("It failed.");
  fireEvent.click(screen.getByRole("button", { name: "Take this note away" }));
  expect(screen.queryByRole("alert")).toBeNull();
});
