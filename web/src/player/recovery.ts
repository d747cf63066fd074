/** What is done about a source that cannot go on: no viewer has to do anything, but where only they can. */
import { Allowance, Backoff } from "./backoff";
import type { Failure } from "./source";
import { deviceMs } from "./timekeeper";
import type { Problem } from "./types";

/** What recovery can do. */
export interface Means {
  /** Begin from nothing; the stream's address is asked for anew where that can be. */
  reload(): void;
  /** Ask again for what could not be had. */
  resume(): void;
  mend(): void;
  /** Look whether a channel that was stopped goes on. */
  look(): void;
  /** Nothing plays until it comes back, and why. */
  wait(notice: Problem): void;
  giveUp(problem: Problem): void;
}

export const AWAY: Problem = {
  message: "The server does not answer.",
  advice: "It goes on by itself as soon as the server is there again. If it lasts, look at your connection.",
};
const NOT_ON_AIR: Problem = {
  message: "The channel is not on air now.",
  advice: "It begins by itself as soon as there is something to see.",
};
const OVER: Problem = {
  message: "The channel was stopped.",
  advice: "It goes on by itself when the channel is started again.",
};
const REFUSED: Problem = {
  message: "The server does not let you watch this.",
  advice: "Ask for a new link or token from where you had this one.",
};
const UNPLAYABLE: Problem = {
  message: "This browser cannot play the stream.",
  advice: "Update it, or try another one: current Chrome, Edge, Firefox and Safari can.",
};

const MOST_REFUSALS = 3;
const OVER_AGAIN_MS = 8000;

export class Recovery {
  private readonly backoff = new Backoff();
  private readonly mending = new Allowance(2, 30_000);
  private readonly reloading = new Allowance(5, 120_000);
  private refusals = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private act = () => {};

  constructor(private readonly means: Means) {}

  /** All is well. */
  fine(): void {
    this.backoff.reset();
    this.refusals = 0;
  }

  failed(failure: Failure): void {
    if (failure.kind === "network") this.network(failure);
    else if (failure.kind === "media" && this.mending.take(deviceMs())) this.means.mend();
    else if (this.reloading.take(deviceMs())) this.later(this.backoff.next(Math.random()), () => this.means.reload());
    else this.means.giveUp(UNPLAYABLE);
  }

  /** The stream is over; a channel may be started again. */
  over(): void {
    this.means.wait(OVER);
    this.later(OVER_AGAIN_MS * (0.75 + 0.5 * Math.random()), () => this.means.look());
  }

  /** Do at once what is waited with: the network is back. */
  hurry(): void {
    if (this.timer === undefined) return;
    this.stop();
    this.act();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private network(failure: Failure): void {
    const { status } = failure;
    if (status === 401 || status === 403) this.refusals += 1;
    if (this.refusals > MOST_REFUSALS) {
      this.means.giveUp(REFUSED);
      return;
    }
    const wait = this.backoff.next(Math.random(), failure.retryAfterS);
    // A playlist that is not there any more, or not for us: what the channel is now is said by the personal one.
    const gone = status >= 400 && status < 500;
    if (failure.atFirst || gone) {
      if (failure.atFirst) this.means.wait(status === 404 || status === 503 ? NOT_ON_AIR : AWAY);
      this.later(wait, () => this.means.reload());
    } else this.later(Math.min(wait, 2000), () => this.means.resume());
  }

  private later(waitMs: number, act: () => void): void {
    this.stop();
    this.act = act;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      act();
    }, waitMs);
  }
}
