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
  breaks: BreakDraft[];
};
/** Behind the clip number `after`, which is not the last, so long, of these. */
export type BreakDraft = { after: number; length: string; pool: string[] };
export type BreakMistakes = Partial<Record<keyof BreakDraft, string>>;
export type MomentMistakes = Partial<Record<Exclude<keyof MomentDraft, "breaks">, string>> & {
  breaks?: (BreakMistakes | null)[];
};

const NOTICE_MS = 35_000;
const LEAST_EVERY_S = 300;
const LONGEST_BREAK_S = 6 * 3600;
const HOUR_MS = 3_600_000;

/** One at the next full hour that leaves the notice which a moment needs. */
export function newMoment(nowMs: number, zone: string): MomentDraft {
  const at = Math.ceil((nowMs + NOTICE_MS) / HOUR_MS) * HOUR_MS;
  return { title: "", at: local(at, zone), clips: [], every: "", until: "", resumes: true, breaks: [] };
}

export function momentBody(draft: MomentDraft, zone: string): NewMoment {
  const again = draft.every.trim() !== "";
  const until = again ? meant(draft.until, zone) : null;
  return {
    at: meant(draft.at, zone)?.at ?? "",
    clips: draft.clips,
    title: draft.title.trim(),
    resumes: draft.resumes,
    breaks: draft.breaks.map(({ after, length, pool }) => ({ after, length_s: spanSeconds(length) ?? 0, pool })),
    ...(again && { every_s: spanSeconds(draft.every) }),
    ...(until && { until: until.at }),
  };
}

export function momentMistakes(draft: MomentDraft, zone: string, nowMs: number): MomentMistakes {
  const found: MomentMistakes = {};
  const at = meant(draft.at, zone)?.at;
  if (at === undefined) found.at = "When?";
  else if (Date.parse(at) < nowMs + NOTICE_MS) found.at = "This is too near: a moment needs 35 s of notice";
  if (draft.clips.length === 0) found.clips = "Add at least one asset";
  if (draft.clips.length > 100) found.clips = "At most 100 assets";
  const breaks = draft.breaks.map((one) => breakMistakes(one, draft));
  if (breaks.some((one) => one !== null)) found.breaks = breaks;
  if (draft.every.trim() === "") return found;
  const every = spanSeconds(draft.every);
  if (every === null) found.every = "Such as 30m or 1h";
  else if (every < LEAST_EVERY_S) found.every = "At least 5m";
  const until = draft.until === "" ? undefined : meant(draft.until, zone)?.at;
  if (until !== undefined && at !== undefined && until <= at) found.until = "This is not after the beginning";
  return found;
}

/** A break at the last place between two clips that has none, or null: there is no such place. */
export function newBreak({ clips, breaks }: MomentDraft): BreakDraft | null {
  const taken = new Set(breaks.map((one) => one.after));
  for (let after = clips.length - 1; after > 0; after -= 1) {
    if (!taken.has(after)) return { after, length: "1m", pool: [] };
  }
  return null;
}

/** Without the clip at a place: breaks go on behind those that they were behind, and its own goes with it. */
export function withClips(draft: MomentDraft, clips: string[]): Pick<MomentDraft, "clips" | "breaks"> {
  const gone = draft.clips.length > clips.length ? draft.clips.findIndex((one, at) => one !== clips[at]) + 1 : 0;
  const breaks = draft.breaks
    .filter(({ after }) => gone === 0 || after !== gone)
    .map((one) => (gone > 0 && one.after > gone ? { ...one, after: one.after - 1 } : one));
  return { clips, breaks };
}

function breakMistakes(one: BreakDraft, { clips, breaks }: MomentDraft): BreakMistakes | null {
  const found: BreakMistakes = {};
  const length = spanSeconds(one.length);
  if (length === null) found.length = "Such as 30s or 2m";
  else if (length < 1 || length > LONGEST_BREAK_S) found.length = "From 1s to 6h";
  if (one.pool.length === 0) found.pool = "Add at least one asset";
  if (one.after < 1 || one.after >= clips.length) found.after = "A break is between two clips";
  else if (breaks.filter(({ after }) => after === one.after).length > 1) found.after = "There is a break already";
  return Object.keys(found).length === 0 ? null : found;
}
