/** How a file is sent: parts in order, a few at once, again after breaks. Pure: what it talks to is given. */

import { Refused } from "../../../../api/client";
import type { Outcome, Part, PartTarget, UploadView } from "../../../../api/schema";

export const PARTS_AT_ONCE = 3;
const REFUSALS_LIMIT = 3; // of one part, whose bytes arrived changed or whose URL had expired

/** What sends: each may throw `Refused`; of status 0 where nobody answers. */
export type Transport = {
  begin: (file: File, fingerprint: string, signal: AbortSignal) => Promise<UploadView>;
  target: (upload: string, part: Part, signal: AbortSignal) => Promise<PartTarget>;
  /** Throws `PartRefused` where the bytes, or the URL, were not taken. */
  put: (target: PartTarget, body: Blob, sent: (bytes: number) => void, signal: AbortSignal) => Promise<void>;
  complete: (upload: string, sha256: string, signal: AbortSignal) => Promise<Outcome>;
};

/** The checksums of one file, in hexadecimal; parts are asked for in their order. May throw `Unreadable`. */
export type Hasher = {
  fingerprint: () => Promise<string>;
  part: (from: number, to: number) => Promise<string>;
  whole: () => Promise<string>;
  close: () => void;
};

export type Stage = "reading" | "sending" | "finishing";
export type Progress =
  | { stage: Stage }
  | { upload: UploadView }
  /** `there`: of these, what need not be sent, as the server has it. */
  | { sent: number; there: number }
  /** Why it does not go on for now; null: it does. */
  | { waiting: unknown };

export type Tools = {
  transport: Transport;
  hasher: Hasher;
  /** Resolves when it is worth to try again: after a while, or when somebody has signed in. */
  pause: (error: unknown, tries: number, signal: AbortSignal) => Promise<void>;
  told: (progress: Progress) => void;
};

export class PartRefused extends Error {}

export class Unreadable extends Error {
  constructor() {
    super("The file cannot be read any more: it was changed, moved or removed. Choose it again.");
    this.name = "Unreadable";
  }
}

const PASSING = new Set([0, 401, 429, 500, 502, 503, 504]);

/** Whether it may go well a little later, or after somebody has signed in. */
export function isPassing(error: unknown): error is Refused {
  return error instanceof Refused && PASSING.has(error.status);
}

/** Send a file, or what of it the server has not got. Safe to repeat. */
export async function send(file: File, tools: Tools, signal: AbortSignal): Promise<Outcome> {
  const { transport, hasher, told } = tools;
  told({ stage: "reading" });
  const fingerprint = await hasher.fingerprint();
  const upload = await persist(() => transport.begin(file, fingerprint, signal), tools, signal);
  told({ upload });
  let sha256 = upload.state === "complete" ? (upload.sha256 ?? null) : null;
  if (sha256 === null) {
    told({ stage: "sending" });
    await new Sending(file, upload, tools, signal).all();
    sha256 = await hasher.whole();
  }
  const whole = sha256;
  told({ stage: "finishing" });
  return persist(() => transport.complete(upload.id, whole, signal), tools, signal);
}

/** Try until it goes well, is refused for good, or is ended. */
async function persist<T>(act: () => Promise<T>, tools: Tools, signal: AbortSignal): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    signal.throwIfAborted();
    try {
      return await act();
    } catch (error) {
      signal.throwIfAborted();
      if (!isPassing(error)) throw error;
      tools.told({ waiting: error });
      await tools.pause(error, tries, signal);
      tools.told({ waiting: null });
    }
  }
}

class Sending {
  private readonly sent = new Map<number, number>();
  private readonly done: Map<number, string>;
  private readonly stop = new AbortController();
  private readonly signal: AbortSignal;
  private there = 0;
  private failure: unknown = null;

  constructor(
    private readonly file: File,
    private readonly upload: UploadView,
    private readonly tools: Tools,
    outer: AbortSignal,
  ) {
    this.signal = AbortSignal.any([outer, this.stop.signal]);
    this.done = new Map(upload.done.map(({ number, md5 }) => [number, md5]));
  }

  async all(): Promise<void> {
    const under = new Set<Promise<void>>();
    const isWhole = this.upload.state === "complete";
    try {
      for (let number = 1; number <= this.upload.parts; number += 1) {
        const [from, to] = this.bounds(number);
        const md5 = await this.tools.hasher.part(from, to);
        if (isWhole || this.done.get(number) === md5) {
          this.there += to - from;
          this.count(number, to - from);
          continue;
        }
        while (under.size >= PARTS_AT_ONCE) await Promise.race(under);
        if (this.signal.aborted) break;
        const task: Promise<void> = this.part({ number, md5 }, this.file.slice(from, to))
          .catch((error: unknown) => this.fail(error))
          .finally(() => under.delete(task));
        under.add(task);
      }
    } catch (error) {
      this.fail(error);
    }
    await Promise.all(under);
    if (this.failure !== null) throw this.failure;
    this.signal.throwIfAborted();
  }

  private bounds(number: number): [number, number] {
    const size = this.upload.part_size_bytes;
    return [(number - 1) * size, Math.min(number * size, this.file.size)];
  }

  private fail(error: unknown): void {
    this.failure ??= error;
    this.stop.abort(error);
  }

  private count(number: number, bytes: number): void {
    this.sent.set(number, bytes);
    const sent = [...this.sent.values()].reduce((sum, one) => sum + one, 0);
    this.tools.told({ sent, there: this.there });
  }

  private async part(part: Part, body: Blob): Promise<void> {
    const { transport } = this.tools;
    for (let refusals = 1; ; refusals += 1) {
      try {
        // A new URL for each try: an old one may have expired meanwhile.
        await persist(
          async () => {
            this.count(part.number, 0);
            const target = await transport.target(this.upload.id, part, this.signal);
            await transport.put(target, body, (bytes) => this.count(part.number, bytes), this.signal);
          },
          this.tools,
          this.signal,
        );
        return this.count(part.number, body.size);
      } catch (error) {
        if (!(error instanceof PartRefused) || refusals >= REFUSALS_LIMIT || this.signal.aborted) throw error;
      }
    }
  }
}
