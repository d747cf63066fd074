/** A moment to add, as a form has it. Pure. */

import type { NewMoment } from "../../../api/schema";
import { local, meant } from "./instants";
import { spanSeconds } from "./lists";

export type MomentDraft = {
  title: string;
  at: string;
  clips: string[];
  every: string;
  until: string;
  resumes: boolean;
};
export type MomentMistakes = Partial<Record<keyof MomentDraft, string>>;

const NOTICE_MS = 34_000;
const LEAST_EVERY_S = 300;
const HOUR_MS = 3_600_000;

/** One at the next full hour that leaves the notice which a moment needs. */
export function newMoment(nowMs: number, zone: string): MomentDraft {
  const at = Math.ceil((nowMs + NOTICE_MS) / HOUR_MS) * HOUR_MS;
  return { title: "", at: local(at, zone), clips: [], every: "", until: "", resumes: true };
}

export function momentBody(draft: MomentDraft, zone: string): NewMoment {
  const again = draft.every.trim() !== "";
  const until = again ? meant(draft.until, zone) : null;
  return {
    at: meant(draft.at, zone)?.at ?? "",
    clips: draft.clips,
    title: draft.title.trim(),
    resumes: draft.resumes,
    ...(again && { every_s: spanSeconds(draft.every) }),
    ...(until && { until: until.at }),
  };
}

export function momentMistakes(draft: MomentDraft, zone: string, nowMs: number): MomentMistakes {
  const found: MomentMistakes = {};
  const at = meant(draft.at, zone)?.at;
  if (at === undefined) found.at = "When?";
  else if (Date.parse(at) < nowMs + NOTICE_MS) found.at = "This is too near: a moment needs 34 s of notice";
  if (draft.clips.length === 0) found.clips = "Add at least one asset";
  if (draft.clips.length > 100) found.clips = "At most 100 assets";
  if (draft.every.trim() === "") return found;
  const every = spanSeconds(draft.every);
  if (every === null) found.every = "Such as 30m or 1h";
  else if (every < LEAST_EVERY_S) found.every = "At least 5m";
  const until = draft.until === "" ? undefined : meant(draft.until, zone)?.at;
  if (until !== undefined && at !== undefined && until <= at) found.until = "This is not after the beginning";
  return found;
}
