/** What is said of an asset, as it is edited: text in fields, and back. Pure. */

import type { AssetChanges, AssetView } from "../../../api/schema";

export const FIELDS = ["title", "description", "tags", "language", "rating", "rights_from", "rights_until"] as const;
export type Field = (typeof FIELDS)[number];
export type Draft = Record<Field, string>;
export type Said = Pick<AssetView, Field>;
export type Mistakes = Partial<Record<Field, string>>;
/** A field that two people changed at once. */
export type Clash = { field: Field; mine: string; theirs: string };

export const LABELS: Record<Field, string> = {
  title: "Title",
  description: "Description",
  tags: "Tags",
  language: "Language",
  rating: "Age rating",
  rights_from: "Rights from",
  rights_until: "Rights until",
};
const LANGUAGE = /^[a-z]{2,3}([-_][a-z]{4})?([-_]([a-z]{2}|[0-9]{3}))?$/i;

/** What an asset is said to be, as text; instants in the browser's zone, as its fields have them. */
export function draftOf(said: Said): Draft {
  return {
    title: said.title,
    description: said.description,
    tags: said.tags.join(", "),
    language: said.language ?? "",
    rating: said.rating === null ? "" : String(said.rating),
    rights_from: local(said.rights_from),
    rights_until: local(said.rights_until),
  };
}

/** What to tell the server: the fields that differ from `base`; empty ones take back what was said. */
export function changesOf(draft: Draft, base: Draft): AssetChanges {
  const changed = FIELDS.filter((field) => draft[field].trim() !== base[field].trim());
  return Object.fromEntries(changed.map((field) => [field, told(field, draft[field].trim())]));
}

/** What is wrong, by field. */
export function mistakesIn(draft: Draft): Mistakes {
  const found: Mistakes = {};
  if ([...draft.title.trim()].length > 200) found.title = "At most 200 characters";
  if (/[\p{Cc}\p{Cf}]/u.test(draft.title.replace(/\u200d|\ufe0f/g, ""))) found.title = "Only characters that print";
  if ([...draft.description].length > 4000) found.description = "At most 4000 characters";
  const tags = tagsIn(draft.tags);
  if (tags.length > 50) found.tags = "At most 50 tags";
  const long = tags.find((tag) => [...tag].length > 64);
  if (long !== undefined) found.tags = `At most 64 characters in a tag: ${long.slice(0, 20)}…`;
  if (draft.language.trim() !== "" && !LANGUAGE.test(draft.language.trim())) {
    found.language = "A language code, such as de, pt-BR or zh-Hant";
  }
  const rating = draft.rating.trim();
  if (rating !== "" && !(/^[0-9]{1,2}$/.test(rating) && Number(rating) <= 21)) {
    found.rating = "An age from 0 to 21, or nothing";
  }
  if (draft.rights_from !== "" && draft.rights_until !== "" && draft.rights_from >= draft.rights_until) {
    found.rights_until = "This is not after the beginning";
  }
  return found;
}

/** Which field a refusal of the server is of: it begins with its name. */
export function placed(message: string): { field: Field | null; text: string } {
  const [name = "", ...rest] = message.split(": ");
  const field = FIELDS.find((one) => name === one || name.startsWith(`${one}.`) || name.startsWith(`${one}_`));
  return field === undefined ? { field: null, text: message } : { field, text: rest.join(": ") };
}

/** Where both somebody else and this draft changed a field, to different values. */
export function clashes(draft: Draft, base: Draft, theirs: Draft): Clash[] {
  return FIELDS.filter(
    (field) =>
      draft[field].trim() !== base[field].trim() &&
      theirs[field] !== base[field] &&
      draft[field].trim() !== theirs[field],
  ).map((field) => ({ field, mine: draft[field], theirs: theirs[field] }));
}

/** The draft over what somebody else has stored: their fields, but for those that this one changed. */
export function over(draft: Draft, base: Draft, theirs: Draft): Draft {
  const field = (one: Field) => (draft[one].trim() === base[one].trim() ? theirs[one] : draft[one]);
  return Object.fromEntries(FIELDS.map((one) => [one, field(one)])) as Draft;
}

function tagsIn(text: string): string[] {
  return text
    .split(",")
    .map((tag) => tag.trim())
    .filter((tag) => tag !== "");
}

function told(field: Field, text: string): unknown {
  if (field === "tags") return tagsIn(text);
  if (text === "") return field === "description" ? "" : null;
  if (field === "rating") return Number(text);
  return field.startsWith("rights") ? new Date(text).toISOString() : text;
}

function local(at: string | null): string {
  if (at === null) return "";
  const date = new Date(at);
  const two = (n: number) => String(n).padStart(2, "0");
  const day = `${String(date.getFullYear()).padStart(4, "0")}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`;
}
