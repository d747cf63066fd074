import { useState } from "react";
import { same } from "./lists";

export type Held<D> = {
  draft: D;
  edit: (change: Partial<D>) => void;
  isChanged: boolean;
  /** Somebody else has stored something else, and this was changed too. */
  isNewer: boolean;
  /** Back to what is stored. */
  takeBack: () => void;
  /** What was typed counts, over what somebody else stored. */
  keep: () => void;
};

/** A form of what is stored: it follows that until something is typed, and what was typed stays. */
export function useDraft<D extends object>(stored: D): Held<D> {
  const [base, setBase] = useState(stored);
  const [draft, setDraft] = useState(stored);
  const isChanged = !same(draft, base);
  const differs = !same(stored, base);
  if (differs && (!isChanged || same(draft, stored))) {
    setBase(stored);
    setDraft(stored);
  }
  return {
    draft,
    edit: (change) => setDraft((now) => ({ ...now, ...change })),
    isChanged,
    isNewer: differs && isChanged,
    takeBack: () => {
      setBase(stored);
      setDraft(stored);
    },
    keep: () => setBase(stored),
  };
}
