/** A query of a pool as a form has it: text in fields, and back. Pure. */

import type { PoolQuery } from "../../../api/schema";
import { whole, words } from "./lists";

export type QueryDraft = {
  tags: string;
  anyTags: string;
  noTags: string;
  languages: string;
  least: string;
  most: string;
  /** `series=The Sea`, one a line. */
  more: string;
  without: string;
};
export type QueryMistakes = Partial<Record<keyof QueryDraft, string>>;

const OLDEST = 21;

export function queryDraft(query: PoolQuery | null): QueryDraft {
  const list = (of: string[] | undefined) => (of ?? []).join(", ");
  const { least_rating: least = 0, most_rating: most = OLDEST } = query ?? {};
  return {
    tags: list(query?.tags),
    anyTags: list(query?.any_tags),
    noTags: list(query?.no_tags),
    languages: list(query?.languages),
    least: least === 0 ? "" : String(least),
    most: most === OLDEST ? "" : String(most),
    more: Object.entries(query?.more ?? {})
      .map(([name, value]) => `${name}=${value}`)
      .join("\n"),
    without: list(query?.without),
  };
}

export function queryBody(draft: QueryDraft): PoolQuery {
  return {
    tags: words(draft.tags),
    any_tags: words(draft.anyTags),
    no_tags: words(draft.noTags),
    languages: words(draft.languages),
    least_rating: draft.least.trim() === "" ? 0 : Number(draft.least),
    most_rating: draft.most.trim() === "" ? OLDEST : Number(draft.most),
    more: Object.fromEntries(moreLines(draft.more)),
    without: words(draft.without),
  };
}

/** What is wrong, by field. */
export function queryMistakes(draft: QueryDraft): QueryMistakes {
  const found: QueryMistakes = {};
  for (const field of ["least", "most"] as const) {
    const text = draft[field].trim();
    if (text !== "" && whole(text, 0, OLDEST) === null) found[field] = "An age from 0 to 21, or nothing";
  }
  if (!found.least && !found.most && Number(draft.least || 0) > Number(draft.most || OLDEST)) {
    found.most = "This is less than the least";
  }
  const bad = moreLines(draft.more).find(([name, value]) => name === "" || value === "");
  if (bad) found.more = "NAME=VALUE in every line";
  return found;
}

function moreLines(text: string): [string, string][] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const at = line.indexOf("=");
      return [line.slice(0, Math.max(0, at)).trim(), line.slice(at + 1).trim()];
    });
}
