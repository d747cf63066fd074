/** Keeps a player with the clock: small changes of rate, and seeks only beyond 2 s. Pure: no clock, no DOM. */

/** A player at an instant. */
export interface Reading {
  /** The device's clock, monotonic. */
  atMs: number;
  /** The programme on screen minus the server's clock; negative is behind. null: not known. */
  errorMs: number | null;
  /** Whether the picture moves. If not, but it is to, it waits for data: a seek is not seen then. */
  moving: boolean;
  /** How much programme is buffered beyond what is on screen. */
  aheadMs: number;
  /** Whether what is due now is buffered. */
  nowBuffered: boolean;
}

/** What to do: `rate` always; a seek to what is due when it is done; or hold the picture, as it waits for data. */
export interface Order {
  rate: number;
  seek: boolean;
  /** So that it does not go on, late, before it was looked at whether a seek is better. */
  hold: boolean;
}

export const SEEK_BEYOND_MS = 2000;
// While the picture stands still a seek costs nobody anything, and what follows is right at once.
const SEEK_STANDING_BEYOND_MS = 150;
// Where it waits for data that is long past, it had better wait for what is due.
const SEEK_UNBUFFERED_BEYOND_MS = 6000;
const BETWEEN_SEEKS_MS = 3000;
const MOST_BETWEEN_SEEKS_MS = 30_000;

const GAIN_PER_S = 0.4;
const RATE_STEP = 0.0025;
const LEAVE_BAND_MS = 15;
const ENTER_BAND_MS = 4;
// Up to 3 % is not heard. What is far off comes back faster: on a machine that is short of processor the sound stops for
// 50 to 100 ms every few seconds, which 5 % never made up for (docs/sync.md).
const RATE_LIMITS: readonly (readonly [errorMs: number, limit: number])[] = [
  [100, 0.03],
  [200, 0.06],
  [400, 0.1],
];
const THIN_BUFFER_MS = 700;

export class Controller {
  private rate = 1;
  private correcting = false;
  private seekAfterMs = Number.NEGATIVE_INFINITY;
  private waitMs = BETWEEN_SEEKS_MS;

  /** The orders at an instant; to be asked some four times a second. */
  step(reading: Reading): Order {
    const { errorMs, moving, atMs } = reading;
    if (errorMs === null) return this.order(1);
    if (!moving && !reading.nowBuffered) {
      const seek = Math.abs(errorMs) > SEEK_UNBUFFERED_BEYOND_MS;
      return { ...this.order(1), seek, hold: !seek };
    }
    if (atMs >= this.seekAfterMs && Math.abs(errorMs) > (moving ? SEEK_BEYOND_MS : SEEK_STANDING_BEYOND_MS)) {
      this.seekAfterMs = atMs + this.waitMs;
      // One that did not help is not repeated at once: the player may not be able to do better.
      this.waitMs = Math.min(this.waitMs * 2, MOST_BETWEEN_SEEKS_MS);
      return { ...this.order(1), seek: true };
    }
    if (Math.abs(errorMs) < SEEK_STANDING_BEYOND_MS && moving) this.waitMs = BETWEEN_SEEKS_MS;
    return this.order(moving ? this.wantedRate(errorMs, reading.aheadMs) : 1);
  }

  /** The player was put somewhere else, or plays something else. */
  reset(): void {
    this.rate = 1;
    this.correcting = false;
    this.seekAfterMs = Number.NEGATIVE_INFINITY;
    this.waitMs = BETWEEN_SEEKS_MS;
  }

  private wantedRate(errorMs: number, aheadMs: number): number {
    const off = Math.abs(errorMs);
    this.correcting = off > (this.correcting ? ENTER_BAND_MS : LEAVE_BAND_MS);
    if (!this.correcting) return 1;
    const limit = limitAt(off);
    const wanted = Math.max(-limit, Math.min(limit, (-GAIN_PER_S * errorMs) / 1000));
    return aheadMs < THIN_BUFFER_MS ? Math.min(1, 1 + wanted) : 1 + wanted;
  }

  private order(wanted: number): Order {
    const stepped = Math.round(wanted / RATE_STEP) * RATE_STEP;
    // A change of less than a step and a half is not worth that the decoder turns around.
    if (wanted === 1 || Math.abs(wanted - this.rate) > RATE_STEP * 1.5) this.rate = Math.round(stepped * 1e4) / 1e4;
    return { rate: this.rate, seek: false, hold: false };
  }
}

function limitAt(off: number): number {
  let [beforeMs, before] = RATE_LIMITS[0] ?? [0, 0];
  for (const [errorMs, limit] of RATE_LIMITS) {
    if (off <= errorMs) {
      const share = errorMs === beforeMs ? 1 : (off - beforeMs) / (errorMs - beforeMs);
      return before + share * (limit - before);
    }
    [beforeMs, before] = [errorMs, limit];
  }
  return before;
}
