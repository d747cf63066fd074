/** A clip that is taken up from the keyboard: which key does what. Pure. */

/** A clip on its way: from its place, to the one where it is shown. */
export type Hold = { from: number; to: number };
export type Pressed = {
  /** The clip that has the focus, by the place it had before it was moved. */
  at: number;
  hold: Hold | null;
  /** It was put down: ask for this. */
  dropped?: Hold;
  /** For screen readers. */
  said?: string;
};

type Around = {
  count: number;
  movable: boolean;
  /** Where what is held may go. */
  run: readonly [first: number, last: number];
};

/** What a key does to the clip at `at`; null where it does nothing. */
export function pressed(key: string, at: number, hold: Hold | null, around: Around): Pressed | null {
  return hold === null ? free(key, at, around) : held(key, at, hold, around);
}

function free(key: string, at: number, { count, movable, run }: Around): Pressed | null {
  const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: count - 1 }[key];
  if (to !== undefined) return { at: Math.min(count - 1, Math.max(0, to)), hold: null };
  if (key !== " ") return null;
  if (!movable) return { at, hold: null, said: "It is fixed and cannot be moved." };
  if (run[0] === run[1]) return { at, hold: null, said: "There is no other place for it." };
  return {
    at,
    hold: { from: at, to: at },
    said: "Taken up. Left and right move it, space puts it down, escape puts it back.",
  };
}

function held(key: string, at: number, { from, to }: Hold, { run: [first, last] }: Around): Pressed | null {
  if (key === "Escape") return { at, hold: null, said: "Put back." };
  if (key === " " || key === "Enter") {
    return from === to ? { at, hold: null, said: "It is where it was." } : { at, hold: null, dropped: { from, to } };
  }
  const next = { ArrowLeft: to - 1, ArrowRight: to + 1, Home: first, End: last }[key];
  if (next === undefined) return null;
  const place = Math.min(last, Math.max(first, next));
  const steps = Math.abs(place - from);
  const where = place === from ? "where it was" : `${steps} ${place < from ? "earlier" : "later"}`;
  return { at, hold: { from, to: place }, said: place === to ? "No further." : `Now ${where}.` };
}

/** Where the clip of a place is shown while one is held. */
export function shownAt(place: number, hold: Hold | null): number {
  if (hold === null) return place;
  const { from, to } = hold;
  if (place === from) return to;
  if (from < place && place <= to) return place - 1;
  return to <= place && place < from ? place + 1 : place;
}
