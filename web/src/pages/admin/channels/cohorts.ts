/** The cohorts of a channel as a form has them: text in fields, and back. Pure. */

import type { Cohorts } from "../../../api/schema";
import { likesOf, likesText, whole } from "./lists";

export type RuleDraft = { lineup: string; likes: string; most: string };
export type TasteDraft = { lineup: string; likes: string };
export type CohortsDraft = { rules: RuleDraft[]; tastes: TasteDraft[]; otherwise: string };
/** What is wrong, by field: `rules.0.likes`. */
export type CohortsMistakes = Record<string, string>;

const OLDEST = 21;

export function cohortsDraft(cohorts: Cohorts | null): CohortsDraft {
  return {
    rules: (cohorts?.rules ?? []).map(({ lineup, likes, most_rating: most }) => ({
      lineup,
      likes: likesText(likes ?? {}),
      most: most === null || most === undefined ? "" : String(most),
    })),
    tastes: (cohorts?.tastes ?? []).map(({ lineup, likes }) => ({ lineup, likes: likesText(likes ?? {}) })),
    otherwise: cohorts?.otherwise ?? "",
  };
}

/** What to tell the server; null: every viewer has a lineup of their own. */
export function cohortsBody({ rules, tastes, otherwise }: CohortsDraft): Cohorts | null {
  if (rules.length === 0 && tastes.length === 0 && otherwise === "") return null;
  return {
    rules: rules.map(({ lineup, likes, most }) => ({
      lineup,
      likes: likesOf(likes) ?? {},
      most_rating: most.trim() === "" ? null : Number(most),
    })),
    tastes: tastes.map(({ lineup, likes }) => ({ lineup, likes: likesOf(likes) ?? {} })),
    otherwise: otherwise === "" ? null : otherwise,
  };
}

export function cohortsMistakes({ rules, tastes }: CohortsDraft): CohortsMistakes {
  const found: CohortsMistakes = {};
  const check = (field: string, at: number, { lineup, likes }: TasteDraft) => {
    if (lineup === "") found[`${field}.${at}.lineup`] = "Which lineup?";
    if (likesOf(likes) === null) found[`${field}.${at}.likes`] = "TAG=NUMBER, from -1 to 1, with commas between";
  };
  rules.forEach((rule, at) => {
    check("rules", at, rule);
    if (rule.most.trim() !== "" && whole(rule.most, 0, OLDEST) === null) {
      found[`rules.${at}.most`] = "An age from 0 to 21, or nothing";
    }
  });
  tastes.forEach((taste, at) => {
    check("tastes", at, taste);
    if (likesOf(taste.likes) && Object.keys(likesOf(taste.likes) ?? {}).length === 0) {
      found[`tastes.${at}.likes`] = "What do they like?";
    }
  });
  return found;
}
