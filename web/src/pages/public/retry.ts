const FIRST_S = 2;
const LONGEST_S = 30;

/**
 * How long to wait before asking again, in milliseconds: longer after each failure (`failures` counts from 0), never
 * shorter than the server wishes, and never the same for all who wait. `chance` is from 0 to 1.
 */
export function retryMs(failures: number, retryAfterS: number | null, chance: number = Math.random()): number {
  const backOff = Math.min(LONGEST_S, FIRST_S * 2 ** failures);
  return Math.round(Math.max(backOff, retryAfterS ?? 0) * (1 + chance / 2) * 1000);
}
