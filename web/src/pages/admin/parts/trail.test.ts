import { expect, test } from "vitest";
import { canUndo, deedText, whoText } from "./trail";

const from = (before: unknown, after: unknown) => ({ before, after, parts: false, at: [], cut: false }) as never;
const line = (verb: string, changed: Record<string, never> = {}, more = {}) => ({
  who: "account ann",
  verb,
  kind: "channel" as const,
  name: "main",
  what: "changed" as const,
  text: "",
  changed,
  ...more,
});

test.each([
  [line("set_rules", { revisions: from([], []) }), "set the rules of main", true],
  [line("set_query", { query: from(null, {}) }), "let the pool of main follow a query", true],
  [line("set_public", { public: from(true, false) }), "let only those who have a token watch main", true],
  [line("set_public", { public: from(false, true) }), "let everybody watch main", true],
  [line("start_channel", { epoch_ms: from(null, 1), msn: from(0, 1) }), "put main on air", false],
  [line("stop_channel", { epoch_ms: from(1, null) }), "called off that main begins", false],
  [line("stop_channel", { stop_tick: from(null, 1) }), "stopped main", false],
  [line("create_channel", {}, { what: "made" }), "made the channel main", false],
  [
    line("describe_channel", { title: from("", "One"), timeshift_s: from(0, 60), description: from("", "x") }),
    "changed the title, the time shift and the description of main",
    true,
  ],
  [
    line("remove_lineup", {}, { kind: "lineup", name: "kids", what: "gone" }),
    "took the lineup kids of main away",
    false,
  ],
  [line("edit_viewer", {}, { kind: "viewer", name: "bob" }), "changed what airs next on main for viewer bob", true],
  [line("new_verb"), "changed main, by “new verb”", true],
  [line("streamsync up", { epoch_ms: from(null, 1) }), "put main on air, by “streamsync up”", false],
  [line("streamsync up", {}, { what: "made" }), "made main, by “streamsync up”", false],
])("%#: of a channel: %s", (one, text, undo) => {
  expect(deedText(one, "main")).toBe(text);
  expect(canUndo(one)).toBe(undo);
});

const site = (verb: string, kind: string, name: string, text = "") => line(verb, {}, { kind, name, text });

test.each([
  [site("sign_in", "session", "ann", "signed in by password"), "signed in by password"],
  [site("sign_in", "session", "bob", "sign-in refused: wrong"), "was not let in as bob: wrong"],
  [
    site("sign_in", "session", "", "sign-in refused: there is no such account"),
    "was not let in: there is no such account",
  ],
  [
    site("change_account", "account", "bob", "account bob was viewer, is editor"),
    "changed the account bob: was viewer, is editor",
  ],
  [site("revoke_token", "token", "ab12"), "revoked the token ab12"],
])("%#: of no channel: %s", (one, text) => {
  expect(deedText(one, null)).toBe(text);
});

test.each([
  ["account ann", "ann"],
  ["token ab12 (night job)", "The token night job"],
  ["token ab12", "The token ab12"],
  ["owner", "The server's own token"],
  ["programmer", "StreamSync itself"],
  ["root@host", "root@host"],
])("who: %s", (who, text) => {
  expect(whoText(who)).toBe(text);
});
