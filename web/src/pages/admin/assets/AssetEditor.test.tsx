import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import type { AssetDetail } from "../../../api/schema";
import { type Answer, type Asked, serve } from "../server.testing";
import { AssetEditor } from "./AssetEditor";

const ID = "0f3a5d0c9b1e4f62a7d8c3b2e1f00912";
const DOOR = `PATCH /assets/${ID}`;
const ASSET = {
  id: ID,
  title: "Film",
  description: "",
  tags: ["kids"],
  language: "en",
  rating: null,
  rights_from: null,
  rights_until: null,
  version: 3,
  record: { title: "film" },
} as unknown as AssetDetail;

afterEach(() => vi.unstubAllGlobals());

function edit(store: (asked: Asked) => Answer) {
  const asked = serve({ [DOOR]: store });
  render(
    <QueryClientProvider client={new QueryClient()}>
      <AssetEditor asset={ASSET} />
    </QueryClientProvider>,
  );
  return asked;
}

const retitle = async (title: string) => {
  await userEvent.clear(screen.getByLabelText("Title"));
  await userEvent.type(screen.getByLabelText("Title"), title);
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
};
/** A server where somebody stored `theirs` as version 4 meanwhile. */
const meanwhile =
  (theirs: Partial<AssetDetail>) =>
  (asked: Asked): Answer =>
    asked.headers.get("If-Match") === '"4"'
      ? [200, { ...ASSET, ...theirs, ...(asked.body as object), version: 5 }]
      : [409, { error: "it is at version 4", now: { ...ASSET, ...theirs, version: 4 } }];

test("only what changed is stored, for the version that was shown", async () => {
  const asked = edit(({ body }) => [200, { ...ASSET, ...(body as object), version: 4 }]);
  await retitle("Film 😀 <script>");
  expect(asked.map(({ body }) => body)).toEqual([{ title: "Film 😀 <script>" }]);
  expect(asked[0]?.headers.get("If-Match")).toBe('"3"');
  expect(screen.getByRole("button", { name: "Save" })).toBeDisabled();
});

test("where two people changed one field, both values are shown and the chosen one is stored", async () => {
  const asked = edit(meanwhile({ title: "Theirs" }));
  await retitle("Mine");
  const choice = await screen.findByRole("group", { name: "Title" });
  expect(within(choice).getByLabelText(/Mine/)).toBeChecked();
  expect(asked).toHaveLength(1);
  await userEvent.click(screen.getByRole("button", { name: "Save what is chosen" }));
  expect(asked.at(-1)?.body).toEqual({ title: "Mine" });
  expect(screen.getByLabelText("Title")).toHaveValue("Mine");
});

test("theirs may be chosen, and then nothing of mine is stored", async () => {
  const asked = edit(meanwhile({ title: "Theirs" }));
  await retitle("Mine");
  await userEvent.click(await screen.findByLabelText(/Theirs: Theirs/));
  await userEvent.click(screen.getByRole("button", { name: "Save what is chosen" }));
  expect(screen.getByLabelText("Title")).toHaveValue("Theirs");
  expect(asked).toHaveLength(1);
});

test("where they changed another field, both are kept without a question", async () => {
  const asked = edit(meanwhile({ tags: ["sea"] }));
  await retitle("Mine");
  expect(asked.at(-1)?.body).toEqual({ title: "Mine" });
  expect(screen.getByLabelText("Tags")).toHaveValue("sea");
  expect(screen.getByLabelText("Title")).toHaveValue("Mine");
});

test("what the server refuses stands at the field that it names", async () => {
  edit(() => [400, { error: "title: it has characters that do not print" }]);
  await retitle("Mine");
  expect(screen.getByLabelText("Title")).toBeInvalid();
  expect(screen.getByText("it has characters that do not print")).toBeVisible();
});

test("a mistake is told at its field and not sent", async () => {
  const asked = edit(() => [200, ASSET]);
  await userEvent.type(screen.getByLabelText("Age rating"), "99");
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  expect(screen.getByLabelText("Age rating")).toBeInvalid();
  expect(asked).toEqual([]);
});
