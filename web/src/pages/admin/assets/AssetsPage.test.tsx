import { render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Admin } from "../Admin";
import { type Answer, type Asked, SESSION, serve } from "../server.testing";
import type { Role } from "../session/session";

const asset = (id: string, more = {}) => ({
  id,
  title: `Film ${id}`,
  state: "live",
  duration_s: 65,
  tags: [],
  poster: null,
  ...more,
});
const JOB = {
  id: "j1",
  name: "x.mp4",
  title: "x",
  state: "failed",
  reason: "x.mp4: not a video (moov atom not found)",
  priority: 5,
  done: 0.2,
  speed: null,
  elapsed_s: 3,
  remaining_s: null,
  submitted_ms: 0,
  ended_ms: 1,
  tasks: [],
};

beforeEach(() => {
  localStorage.clear();
  vi.stubGlobal(
    "IntersectionObserver",
    class {
      observe() {}
      disconnect() {}
    },
  );
});
afterEach(() => vi.unstubAllGlobals());

function open(assets: (asked: Asked) => Answer, { role = "editor" as Role, jobs = [] as object[], at = "" } = {}) {
  history.replaceState(null, "", `/admin/assets${at}`);
  const asked = serve({
    "GET /session": [200, { ...SESSION, role }],
    "GET /assets": assets,
    "GET /jobs": [200, jobs],
    "POST /jobs/j1/retry": [200, { changed: true }],
  });
  render(<Admin />);
  return asked;
}

const searches = (asked: Asked[]) =>
  asked.filter(({ door }) => door === "GET /assets").map(({ query }) => `${query}`);

test("the newest come first, and more of them by pages", async () => {
  const asked = open(({ query }) =>
    query.get("after") === "p2"
      ? [200, { assets: [asset("c", { state: "retired", tags: ["a", "b", "c", "d"] })], next: null }]
      : [200, { assets: [asset("a"), asset("b")], next: "p2" }],
  );
  expect(await screen.findByRole("link", { name: /Film a/ })).toHaveAttribute("href", "/admin/assets/a");
  await userEvent.click(screen.getByRole("button", { name: "More assets" }));
  const last = await screen.findByRole("link", { name: /Film c/ });
  expect(last).toHaveTextContent("1:05Film cretiredabc+1");
  expect(screen.queryByRole("button", { name: "More assets" })).toBeNull();
  expect(searches(asked)[0]).toContain("sort=newest");
});

test("what is looked for stands in the address, and is asked of the server", async () => {
  const asked = open(() => [200, { assets: [], next: null }], { at: "?text=sea&tag=kids&state=retired" });
  expect(await screen.findByText("No asset fits")).toBeVisible();
  expect(screen.getByRole("searchbox")).toHaveValue("sea");
  expect(searches(asked)[0]).toContain("text=sea&tag=kids&state=retired");
  await userEvent.click(screen.getByRole("button", { name: "Not only kids" }));
  await userEvent.clear(screen.getByRole("searchbox"));
  await userEvent.type(screen.getByRole("searchbox"), "cat 😀");
  await waitFor(() => expect(location.search).toBe("?text=cat+%F0%9F%98%80&state=retired"));
  await waitFor(() => expect(searches(asked).at(-1)).toContain("text=cat+%F0%9F%98%80&state=retired"));
});

test("without assets it says what to do, to who may do it", async () => {
  open(() => [200, { assets: [], next: null }]);
  expect(await screen.findByText(/Upload a video/)).toBeVisible();
  expect(screen.getByRole("button", { name: "Choose files" })).toBeVisible();
});

test("who only looks is shown nothing that changes anything", async () => {
  open(() => [200, { assets: [], next: null }], { role: "viewer", jobs: [JOB] });
  expect(await screen.findByText("An editor or an owner can upload videos.")).toBeVisible();
  expect(await screen.findByText(/not a video/)).toBeVisible();
  expect(screen.queryByRole("button", { name: /Choose files|Try again|Hide/ })).toBeNull();
});

test("a job that failed says why and what to do; it can be tried again, or hidden", async () => {
  const asked = open(() => [200, { assets: [], next: null }], { jobs: [JOB] });
  const row = (await screen.findByText(/not a video \(moov atom not found\)\. Choose another file/)).closest("li");
  const buttons = within(row as HTMLElement);
  await userEvent.click(buttons.getByRole("button", { name: "Try again" }));
  await waitFor(() => expect(asked.some(({ door }) => door === "POST /jobs/j1/retry")).toBe(true));
  await userEvent.click(buttons.getByRole("button", { name: "Hide" }));
  expect(screen.queryByText(/not a video/)).toBeNull();
});

test("a job under way shows how far it is", async () => {
  open(() => [200, { assets: [], next: null }], {
    jobs: [{ ...JOB, state: "running", done: 0.255, speed: 4.04, remaining_s: 61 }],
  });
  expect(await screen.findByRole("progressbar", { name: "Packaging of x" })).toHaveAttribute("aria-valuenow", "26");
  expect(screen.getByText("for 3 s · 4.0 × real time · about 1 min 1 s left")).toBeVisible();
});

test("a refusal is told in place, with a way to try again", async () => {
  open(() => [400, { error: "after: this is no place in the list" }]);
  expect(await screen.findByText("after: this is no place in the list")).toBeVisible();
  expect(screen.getByRole("button", { name: "Try again" })).toBeVisible();
});
