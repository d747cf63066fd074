import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { Confirm } from "./Dialog";

function confirm(onConfirm: () => Promise<void>) {
  const onClose = vi.fn();
  render(
    <Confirm title="Stop main?" verb="Stop" onConfirm={onConfirm} onClose={onClose}>
      Viewers see the end.
    </Confirm>,
  );
  return onClose;
}

test("what fails is told in the dialog, which stays", async () => {
  const onClose = confirm(() => Promise.reject(new Error("channel 'main' is not on air")));
  await userEvent.click(screen.getByRole("button", { name: "Stop" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("channel 'main' is not on air");
  expect(onClose).not.toHaveBeenCalled();
});

test("what is done closes it", async () => {
  const onClose = confirm(() => Promise.resolve());
  await userEvent.click(screen.getByRole("button", { name: "Stop" }));
  expect(onClose).toHaveBeenCalledOnce();
});
