/** Entries of the audit trail in words: who did what. Pure. */

import type { AuditLine } from "../../../api/schema";

export type Line = Pick<AuditLine, "who" | "verb" | "kind" | "name" | "what" | "text" | "changed">;
type Said = string | ((line: Line, channel: string) => string);

/** Of a channel, by the verb of the API: `{}` is the channel, `<>` what of it was changed. */
const OF_CHANNELS: Record<string, Said> = {
  create_channel: "made the channel {}",
  import_channel: "imported {}",
  start_channel: "put {} on air",
  stop_channel: ({ changed }, channel) =>
    changed?.["epoch_ms"] ? `called off that ${channel} begins` : `stopped ${channel}`,
  describe_channel: ({ changed }, channel) => `changed ${parts(changed)} of ${channel}`,
  set_pool: "named the pool of {}",
  set_query: "let the pool of {} follow a query",
  follow_query: "brought the pool of {} up to date",
  set_rules: "set the rules of {}",
  set_filler: "set the filler of {}",
  set_public: ({ changed }, channel) =>
    changed?.["public"]?.after === false
      ? `let only those who have a token watch ${channel}`
      : `let everybody watch ${channel}`,
  set_cohorts: "set the cohorts of {}",
  clear_cohorts: "took the cohorts of {} away",
  add_moment: "added a moment to {}",
  remove_moment: "removed a moment of {}",
  add_slate: "put a slate on {}",
  edit_all: "changed what airs next on {}, for everybody",
  edit_one: "changed what airs next on {} for <>",
  edit_viewer: "changed what airs next on {} for <>",
  edit_lineup: "changed what airs next on {} for <>",
  undo_edit: "took back what was to air next on {}, for everybody",
  undo_viewer_edit: "took back what was to air next on {} for <>",
  undo_lineup_edit: "took back what was to air next on {} for <>",
  undo_change: "undid a change of {}",
  give_lineup: "gave {} the <>",
  remove_lineup: "took the <> of {} away",
  assign_viewer: "put the <> of {} on a lineup",
  change_profile: "changed the profile of the <> of {}",
  forget_profile: "forgot the profile of the <> of {}",
  apply_profile: "let the lineup of the <> of {} follow the profile",
  import_profiles: "imported profiles of viewers of {}",
  describe: "said something else of assets of {}",
  retire: "retired assets of {}",
  reinstate: "made assets of {} live again",
  delete_asset: "deleted assets of {}",
};

/** Of no channel: `{}` is what it was done to. */
const OF_THE_SITE: Record<string, Said> = {
  sign_in: signIn,
  sign_out: "signed out",
  create_account: "made the account {}",
  change_account: changedAccount,
  remove_account: "took the account {} away",
  link_account: "made a one-time link for {}",
  use_link: "chose a password by a one-time link, as {}",
  change_password: "chose another password",
  create_token: "made the token {}",
  revoke_token: "revoked the token {}",
  create_webhook: "made the webhook {}",
  edit_webhook: "changed the webhook {}",
  rotate_webhook: "gave the webhook {} another secret",
  remove_webhook: "took the webhook {} away",
};

const FIELDS: Record<string, string> = {
  title: "the title",
  description: "the description",
  timeshift_s: "the time shift",
};

/** Who it was: `ann`, `the token ci`. */
export function whoText(who: string): string {
  if (who === "owner") return "The server's own token";
  if (who === "programmer") return "StreamSync itself";
  if (who === "somebody") return "Somebody";
  const found = /^(account|token) (\S+?)(?: \((.+)\))?$/.exec(who);
  if (found === null) return who;
  return found[1] === "account" ? (found[2] ?? who) : `The token ${found[3] ?? found[2]}`;
}

/** What was done, as it goes on after who it was: `set the rules of main`. `channel`: whose trail it is of, if any. */
export function deedText(line: Line, channel: string | null): string {
  const said = channel === null ? OF_THE_SITE[line.verb] : OF_CHANNELS[line.verb];
  const of = channel ?? line.name;
  if (said === undefined) return `${otherDeed(line, of)}, by “${line.verb.replaceAll("_", " ")}”`;
  if (typeof said === "function") return said(line, of);
  return said.replace("{}", of).replace("<>", thing(line));
}

/** Of a verb that is none of the API's, such as `streamsync up`, or of a newer server. */
function otherDeed({ kind, name, what, changed }: Line, of: string): string {
  const it = kind === "channel" || `${kind} ${name}` === of ? of : `${kind} ${name} of ${of}`;
  if (what === "made") return `made ${it}`;
  if (what === "gone") return `took ${it} away`;
  return changed?.["epoch_ms"]?.after ? `put ${it} on air` : `changed ${it}`;
}

function thing({ kind, name }: Line): string {
  return kind === "channel" || kind === "profiles" ? "viewers" : `${kind} ${name}`;
}

function parts(changed: Line["changed"]): string {
  const named = Object.keys(changed ?? {}).flatMap((field) => FIELDS[field] ?? []);
  return named.length === 0 ? "something" : named.join(", ").replace(/, (?=[^,]*$)/, " and ");
}

function signIn({ text, name, kind }: Line): string {
  const refused = /^sign-in refused: (.*)$/.exec(text)?.[1];
  if (refused !== undefined) return `was not let in${name === "" ? "" : ` as ${name}`}: ${refused}`;
  return kind === "session" ? text : changedAccount({ text, name });
}

function changedAccount({ text, name }: Pick<Line, "text" | "name">): string {
  const how = text.startsWith(`account ${name} `) ? text.slice(`account ${name} `.length) : text;
  return `changed the account ${name}: ${how}`;
}

// Beside these, others change that nobody set by hand.
const OF_RUNS = ["epoch_ms", "stop_tick"];

/** Whether it can be asked to be undone: what is surely refused has no button. */
export function canUndo({ kind, what, changed }: Line): boolean {
  if (what === "gone" || kind === "profiles") return false;
  if (kind !== "channel") return true;
  return what !== "made" && !OF_RUNS.some((field) => field in (changed ?? {}));
}
