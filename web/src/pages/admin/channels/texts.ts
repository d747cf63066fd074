/** What viewers are told of a channel, as a form has it. Pure. */

import type { ChannelView, Texts } from "../../../api/schema";
import { whole } from "./lists";

export type TextsDraft = { title: string; description: string; timeshift: string };
export type Told = Pick<ChannelView, "title" | "description" | "timeshift_s">;
export type TextsMistakes = Partial<Record<keyof TextsDraft, string>>;

const DAY_MIN = 1440;
const FIELDS = ["title", "description", "timeshift"] as const;

export function textsDraft({ title, description, timeshift_s: shift }: Told): TextsDraft {
  return { title, description, timeshift: String(Math.round((shift / 60) * 100) / 100) };
}

/** The fields that differ from `base`. */
export function textsBody(draft: TextsDraft, base: TextsDraft): Texts {
  return {
    ...(draft.title.trim() !== base.title && { title: draft.title.trim() }),
    ...(draft.description.trim() !== base.description.trim() && { description: draft.description.trim() }),
    ...(draft.timeshift.trim() !== base.timeshift && { timeshift_s: Number(draft.timeshift || 0) * 60 }),
  };
}

export function textsMistakes(draft: TextsDraft, base: TextsDraft): TextsMistakes {
  const found: TextsMistakes = {};
  if ([...draft.title.trim()].length > 200) found.title = "At most 200 characters";
  if ([...draft.description].length > 4000) found.description = "At most 4000 characters";
  const shift = draft.timeshift.trim();
  if (shift !== "" && shift !== base.timeshift && whole(shift, 0, DAY_MIN) === null) {
    found.timeshift = "Whole minutes, at most a day (1440)";
  }
  return found;
}

/** Which fields both this draft and somebody else changed, to different values. */
export function textsClashes(draft: TextsDraft, base: TextsDraft, theirs: TextsDraft): (keyof TextsDraft)[] {
  return FIELDS.filter(
    (field) => draft[field] !== base[field] && theirs[field] !== base[field] && draft[field] !== theirs[field],
  );
}
