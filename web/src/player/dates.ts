/** Between the video element's time and the programme's dates, by a playlist's segments. Pure. */

/** A segment: where it begins in the video element's time, how long it is (both s), and its date (Unix ms). */
export interface Dated {
  start: number;
  duration: number;
  programDateTime: number | null;
}

/** The Unix ms of a place; by the nearest segment where none has it. null without dates. */
export function dateAt(segments: readonly Dated[], timeS: number): number | null {
  const one = last(segments, ({ start }) => start <= timeS);
  return one?.programDateTime == null ? null : one.programDateTime + (timeS - one.start) * 1000;
}

/** The place of a Unix ms; by the nearest segment where none has it. */
export function timeAt(segments: readonly Dated[], dateMs: number): number | null {
  const one = last(segments, ({ programDateTime }) => programDateTime !== null && programDateTime <= dateMs);
  return one?.programDateTime == null ? null : one.start + (dateMs - one.programDateTime) / 1000;
}

/** The id of the asset that a place is of, by the address of its segment. */
export function assetAt(
  segments: readonly (Dated & { relurl?: string | undefined })[],
  timeS: number,
): string | null {
  const path = last(segments, ({ start }) => start <= timeS)?.relurl ?? "";
  return /(?:^|\/)assets\/([^/]+)\//.exec(path)?.[1] ?? null;
}

/** Whether a segment has this Unix ms. */
export function lists(segments: readonly Dated[], dateMs: number): boolean {
  const [first, end] = [segments[0], segments.at(-1)];
  if (first?.programDateTime == null || end?.programDateTime == null) return false;
  return first.programDateTime <= dateMs && dateMs < end.programDateTime + end.duration * 1000;
}

/** The last for which `before` holds, the first where it holds for none. Both are in order. */
function last<T extends Dated>(segments: readonly T[], before: (one: T) => boolean): T | undefined {
  let [low, high] = [0, segments.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const one = segments[middle];
    if (one !== undefined && before(one)) low = middle + 1;
    else high = middle;
  }
  return segments[Math.max(0, low - 1)];
}
