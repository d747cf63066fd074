/** The rules of a channel as a form has them: text in fields, and back. Pure. */

import type { Rules } from "../../../api/schema";
import { spanSeconds, spanText, whole, words } from "./lists";

export type TagCount = { tag: string; count: string };
export type PartDraft = { from: string; anyTags: string; noTags: string; least: string; most: string };
export type RulesDraft = {
  order: Rules["order"];
  repeatClips: string;
  repeat: string;
  spacing: TagCount[];
  limits: TagCount[];
  parts: PartDraft[];
  /** `Europe/Berlin`, or an offset as `+01:00`; nothing is UTC. */
  zone: string;
};
/** What is wrong, by field: `spacing.0`, `parts.1.from`. */
export type RulesMistakes = Record<string, string>;

const OLDEST = 21;
const OFFSET = /^([+-])(\d\d):(\d\d)$/;
const MOST_PARTS = 24;

export const NEW_PART: PartDraft = { from: "", anyTags: "", noTags: "", least: "", most: "" };

export function rulesDraft(rules: Rules): RulesDraft {
  const counts = (of: Record<string, number> | undefined) =>
    Object.entries(of ?? {}).map(([tag, count]) => ({ tag, count: String(count) }));
  return {
    order: rules.order,
    repeatClips: rules.repeat_clips === 1 ? "" : String(rules.repeat_clips),
    repeat: rules.repeat_s === 0 ? "" : spanText(rules.repeat_s),
    spacing: counts(rules.spacing),
    limits: counts(rules.limits),
    parts: rules.day_parts.map((part) => ({
      from: clock(part.minute),
      anyTags: part.any_tags.join(", "),
      noTags: part.no_tags.join(", "),
      least: part.least_rating === 0 ? "" : String(part.least_rating),
      most: part.most_rating === OLDEST ? "" : String(part.most_rating),
    })),
    zone: rules.time_zone ?? (rules.utc_offset_min === 0 ? "" : offsetText(rules.utc_offset_min)),
  };
}

/** What to tell the server. A fixed order has no repeats or spacing but its own. */
export function rulesBody(draft: RulesDraft): Rules {
  const counts = (of: TagCount[]) => Object.fromEntries(of.map(({ tag, count }) => [tag.trim(), Number(count)]));
  const drawn = draft.order !== "fixed";
  const offset = OFFSET.exec(draft.zone.trim());
  const zone = offset === null ? draft.zone.trim() : "";
  return {
    order: draft.order,
    repeat_clips: drawn && draft.repeatClips.trim() !== "" ? Number(draft.repeatClips) : 1,
    repeat_s: drawn && draft.repeat.trim() !== "" ? (spanSeconds(draft.repeat) ?? 0) : 0,
    spacing: drawn ? counts(draft.spacing) : {},
    limits: counts(draft.limits),
    day_parts: draft.parts
      .map((part) => ({
        minute: minuteOf(part.from) ?? 0,
        any_tags: words(part.anyTags),
        no_tags: words(part.noTags),
        least_rating: part.least.trim() === "" ? 0 : Number(part.least),
        most_rating: part.most.trim() === "" ? OLDEST : Number(part.most),
      }))
      .sort((one, other) => one.minute - other.minute),
    time_zone: zone === "" ? null : zone,
    utc_offset_min: offset === null ? 0 : (offset[1] === "-" ? -1 : 1) * (Number(offset[2]) * 60 + Number(offset[3])),
  };
}

export function rulesMistakes(draft: RulesDraft): RulesMistakes {
  const found: RulesMistakes = {};
  if (draft.order !== "fixed") {
    if (draft.repeatClips.trim() !== "" && whole(draft.repeatClips, 1) === null) {
      found["repeatClips"] = "A whole number, or nothing";
    }
    if (draft.repeat.trim() !== "" && spanSeconds(draft.repeat) === null) found["repeat"] = "Such as 90s, 30m or 2h";
    Object.assign(found, countMistakes("spacing", draft.spacing));
  }
  Object.assign(found, countMistakes("limits", draft.limits), partMistakes(draft.parts));
  return found;
}

function countMistakes(field: string, counts: readonly TagCount[]): RulesMistakes {
  const found: RulesMistakes = {};
  counts.forEach(({ tag, count }, at) => {
    if (tag.trim() === "") found[`${field}.${at}`] = "Which tag?";
    else if (whole(count, 1) === null) found[`${field}.${at}`] = "A whole number from 1 on";
    else if (counts.findIndex((one) => one.tag.trim() === tag.trim()) < at)
      found[`${field}.${at}`] = "This tag twice";
  });
  return found;
}

function partMistakes(parts: readonly PartDraft[]): RulesMistakes {
  const found: RulesMistakes = {};
  if (parts.length > MOST_PARTS) found["parts"] = "At most 24 day parts";
  parts.forEach((part, at) => {
    if (minuteOf(part.from) === null) found[`parts.${at}.from`] = "From when on?";
    else if (parts.findIndex((one) => one.from === part.from) < at) found[`parts.${at}.from`] = "This time twice";
    const ages = [part.least, part.most].filter((text) => text.trim() !== "");
    if (ages.some((text) => whole(text, 0, OLDEST) === null)) found[`parts.${at}.age`] = "Ages from 0 to 21";
    else if (Number(part.least || 0) > Number(part.most || OLDEST)) found[`parts.${at}.age`] = "From more to less";
  });
  return found;
}

function minuteOf(text: string): number | null {
  const found = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text.trim());
  return found === null ? null : Number(found[1]) * 60 + Number(found[2]);
}

function two(n: number): string {
  return String(n).padStart(2, "0");
}

function clock(minute: number): string {
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

function offsetText(minutes: number): string {
  return `${minutes < 0 ? "-" : "+"}${clock(Math.abs(minutes))}`;
}
