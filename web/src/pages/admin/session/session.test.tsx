import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { answer, api } from "../../../api/client";
import { Admin } from "../Admin";
import { type Answer, SESSION, serve } from "../server.testing";

const OUT: Answer = [401, { error: "sign in" }];
const OPTIONS: Answer = [200, { password: true, setup: false, oidc: null }];
const OIDC = { title: "Company account", url: "/api/v1/session/oidc" };

beforeEach(() => history.replaceState(null, "", "/admin/nowhere"));
afterEach(() => vi.unstubAllGlobals());

/** A server with a session, or none yet; what `POST /session` answers. */
function open(signIn: Answer, { options = OPTIONS, now = OUT } = {}) {
  const asked = serve({
    "GET /session": now,
    "GET /session/options": options,
    "POST /session": signIn,
    "DELETE /session": [204],
    "GET /jobs": OUT,
  });
  render(<Admin />);
  return asked;
}

async function signIn(name: string, password: string) {
  if (name !== "") await userEvent.type(await screen.findByLabelText("Name"), name);
  if (password !== "") await userEvent.type(await screen.findByLabelText("Password"), password);
  await userEvent.click(await screen.findByRole("button", { name: "Sign in" }));
}

test("who signs in sees the dashboard, and changes come with the session's token", async () => {
  const asked = open([200, SESSION]);
  await signIn("ann", "correct horse battery");
  await userEvent.click(await screen.findByRole("button", { name: "Account ann" }));
  await userEvent.click(screen.getByRole("menuitem", { name: "Sign out" }));
  expect(await screen.findByRole("heading", { name: "Sign in" })).toBeVisible();
  const left = asked.find(({ door }) => door === "DELETE /session");
  expect(left?.headers.get("X-CSRF-Token")).toBe(SESSION.csrf);
  expect(asked.find(({ door }) => door === "POST /session")?.body).toEqual({
    name: "ann",
    password: "correct horse battery",
  });
});

test("a wrong password is told with the server's words", async () => {
  open([401, { error: "the name or the password is wrong" }]);
  await signIn("ann", "wrong");
  expect(await screen.findByRole("alert")).toHaveTextContent("the name or the password is wrong");
});

test("nothing typed is told at the fields, and not sent", async () => {
  const asked = open([200, SESSION]);
  await signIn("", "");
  expect(screen.getByLabelText("Name")).toBeInvalid();
  expect(screen.getByLabelText("Password")).toBeInvalid();
  expect(asked.some(({ door }) => door === "POST /session")).toBe(false);
});

test("after too many tries the button says when to try again", async () => {
  open([429, { error: "too many attempts" }, { "Retry-After": "90" }]);
  await signIn("ann", "wrong");
  expect(await screen.findByRole("button", { name: "Try again in 1 min 30 s" })).toBeDisabled();
});

test("the OpenID provider is offered where there is one", async () => {
  open([200, SESSION], { options: [200, { password: true, setup: false, oidc: OIDC }] });
  expect(await screen.findByRole("link", { name: "Company account" })).toHaveAttribute("href", OIDC.url);
});

test("why the provider let nobody in is told", async () => {
  history.replaceState(null, "", "/admin?oidc=no-role");
  open([200, SESSION], { options: [200, { password: true, setup: false, oidc: OIDC }] });
  expect(await screen.findByRole("alert")).toHaveTextContent("gives you no role here");
});

test("without an owner the page says how to become one", async () => {
  open([200, SESSION], { options: [200, { password: true, setup: true, oidc: null }] });
  expect(await screen.findByRole("heading", { name: "This server has no owner yet" })).toBeVisible();
});

test("a session that ends is told over the page, and goes on after a sign-in", async () => {
  open([200, { ...SESSION, csrf: "d".repeat(64) }], { now: [200, SESSION] });
  await screen.findByText("There is no such page");
  await expect(answer(api.GET("/jobs"))).rejects.toThrow("sign in");
  expect(await screen.findByRole("dialog", { name: "Sign in again" })).toBeVisible();
  expect(screen.getByLabelText("Name")).toHaveValue("ann");
  expect(screen.getByLabelText("Password")).toHaveFocus();
  expect(screen.getByText("There is no such page")).toBeInTheDocument();
  await signIn("", "correct horse battery");
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
});

test("who only looks is shown no pages of owners", async () => {
  open([200, SESSION], { now: [200, { ...SESSION, role: "viewer" }] });
  expect((await screen.findAllByRole("link", { name: "Assets" })).length).toBeGreaterThan(0);
  expect(screen.queryByRole("link", { name: "Accounts" })).toBeNull();
});

test("a server that is away is told, and asked again by itself", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("failed")));
  render(<Admin />);
  expect(await screen.findByRole("alert")).toHaveTextContent("the server does not answer");
});

test("a link of the first owner takes a name and a password, typed twice", async () => {
  history.replaceState(null, "", `/admin/link#${"0".repeat(64)}`);
  const asked = serve({
    "GET /session": OUT,
    "POST /session/link/check": [200, { kind: "setup", name: null, expires_at: "2026-01-01T00:00:00Z" }],
    "POST /session/link": [200, SESSION],
  });
  render(<Admin />);
  await userEvent.type(await screen.findByLabelText("Name"), "ann");
  await userEvent.type(screen.getByLabelText("New password"), "correct horse battery");
  await userEvent.type(screen.getByLabelText("The same again"), "correct horse");
  await userEvent.click(screen.getByRole("button", { name: "Choose and sign in" }));
  expect(screen.getByLabelText("The same again")).toBeInvalid();
  await userEvent.type(screen.getByLabelText("The same again"), " battery");
  await userEvent.click(screen.getByRole("button", { name: "Choose and sign in" }));
  expect(await screen.findByRole("button", { name: "Account ann" })).toBeVisible();
  expect(asked.find(({ door }) => door === "POST /session/link")?.body).toEqual({
    link: "0".repeat(64),
    name: "ann",
    password: "correct horse battery",
  });
  expect(location.hash).toBe("");
});

test("a link that was used says what to do", async () => {
  history.replaceState(null, "", "/admin/link#0");
  serve({ "GET /session": OUT, "POST /session/link/check": [404, { error: "this one-time link was used" }] });
  render(<Admin />);
  expect(await screen.findByRole("alert")).toHaveTextContent("this one-time link was used");
  expect(screen.getByText(/An owner makes a new link/)).toBeVisible();
});
