/** What viewers like, as text in fields, and back. Pure. */
import type { ProfileChanges, ProfileView } from "../../../api/schema";

export type Draft = { likes: string; noTags: string; without: string; rating: string };
type Known = Pick<ProfileView, "likes" | "no_tags" | "without" | "most_rating">;

const HIGHEST = 21;

/** `kids 0.8, sport -1` and so on; of nobody yet, nothing. */
export function draftOf(profile: Known | null): Draft {
  if (profile === null) return { likes: "", noTags: "", without: "", rating: "" };
  return {
    likes: Object.entries(profile.likes)
      .map(([tag, score]) => `${tag} ${score}`)
      .join(", "),
    noTags: profile.no_tags.join(", "),
    without: profile.without.join(", "),
    rating: profile.most_rating >= HIGHEST ? "" : String(profile.most_rating),
  };
}

/** What to tell the server. Likes that are no longer there are taken back. Throws what is wrong. */
export function changesOf(draft: Draft, before: Known | null): ProfileChanges {
  const likes: Record<string, number | null> = {};
  for (const tag of Object.keys(before?.likes ?? {})) likes[tag] = null;
  for (const one of listed(draft.likes)) {
    const [, tag, score] = /^(.+)\s(-?[0-9.]+)$/.exec(one) ?? [];
    if (tag === undefined || !(Math.abs(Number(score)) <= 1)) {
      throw new Error(`likes: "${one}" is not a tag and a number from -1 to 1, such as kids 0.8`);
    }
    likes[tag.trim()] = Number(score);
  }
  const rating = draft.rating.trim();
  if (rating !== "" && !(/^[0-9]+$/.test(rating) && Number(rating) <= HIGHEST)) {
    throw new Error(`highest rating: it is an age from 0 to ${HIGHEST}, or nothing`);
  }
  return {
    likes,
    no_tags: listed(draft.noTags),
    without: listed(draft.without),
    most_rating: rating === "" ? HIGHEST : Number(rating),
  };
}

function listed(text: string): string[] {
  return text
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
}
