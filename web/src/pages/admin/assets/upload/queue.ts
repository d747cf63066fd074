import { Refused } from "../../../../api/client";
import type { Outcome } from "../../../../api/schema";
import { failureText } from "../../../../ui/words";
import { refusalOf } from "./checks";
import { workerHasher } from "./hasher";
import * as memory from "./memory";
import { Pace } from "./pace";
import { type Hasher, type Progress, type Stage, send, type Transport } from "./send";
import { transport } from "./transport";

export type Item = {
  key: number;
  name: string;
  size: number;
  /** The server's id, once it is known. */
  upload: string | null;
  state: "queued" | Stage | "paused" | "failed" | "done";
  sent: number;
  perS: number | null;
  /** Why it does not go on for now. */
  waiting: string | null;
  error: string | null;
  outcome: Outcome | null;
};

const FILES_AT_ONCE = 2;
const PAUSES_MS = [1000, 2000, 4000, 8000, 15_000];
const SHOWN_MS = 200; // at most so often is progress shown
const REMEMBERED_MS = 2000;

type Kept = { file: File; hasher: Hasher | null; pace: Pace; stop: AbortController | null; rememberedMs: number };
type Means = { transport: Transport; hasher: (file: File) => Hasher };

/** The uploads of this page, whichever of its pages is shown: some files at once, the others wait. */
export class UploadQueue {
  private items: readonly Item[] = [];
  private readonly kept = new Map<number, Kept>();
  private readonly watchers = new Set<() => void>();
  private readonly wakers = new Set<() => void>();
  private lastKey = 0;
  private showing: ReturnType<typeof setTimeout> | undefined;
  private next: Item[] = [];

  constructor(private readonly means: Means = { transport, hasher: workerHasher }) {}

  readonly subscribe = (watch: () => void): (() => void) => {
    this.watchers.add(watch);
    return () => this.watchers.delete(watch);
  };

  readonly snapshot = (): readonly Item[] => this.items;

  /** Take files in. What cannot be uploaded is told in its row. */
  add(files: Iterable<File>): void {
    for (const file of files) {
      const error = refusalOf(file) ?? this.twice(file);
      this.lastKey += 1;
      const item: Item = {
        key: this.lastKey,
        name: file.name,
        size: file.size,
        upload: null,
        state: error === null ? "queued" : "failed",
        sent: 0,
        perS: null,
        waiting: null,
        error,
        outcome: null,
      };
      if (error === null) {
        this.kept.set(item.key, { file, hasher: null, pace: new Pace(), stop: null, rememberedMs: 0 });
      }
      this.next = [...this.next, item];
    }
    this.show();
    this.proceed();
  }

  pause(key: number): void {
    this.end(key);
    this.change(key, { state: "paused", waiting: null, perS: null });
    this.proceed();
  }

  /** Go on with what was paused or has failed. */
  resume(key: number): void {
    this.change(key, { state: "queued", error: null });
    this.proceed();
  }

  /** Whether its file is here, so that one may go on with it. */
  hasFile(key: number): boolean {
    return this.kept.has(key);
  }

  /** Take one away from the list; what was sent of it stays on the server until it expires. */
  drop(key: number): void {
    this.end(key);
    this.kept.get(key)?.hasher?.close();
    this.kept.delete(key);
    this.next = this.next.filter((item) => item.key !== key);
    this.show();
    this.proceed();
  }

  /** Pause all that are not at their end: nobody is signed in. */
  pauseAll(): void {
    for (const { key, state } of this.next) if (isUnderWay(state)) this.pause(key);
  }

  /** Somebody has signed in, or the server is back: what waited for that goes on. */
  goOn(): void {
    for (const wake of this.wakers) wake();
    this.wakers.clear();
  }

  private twice(file: File): string | null {
    const same = this.next.some(({ key, state }) => {
      const other = this.kept.get(key)?.file;
      return (
        state !== "done" &&
        other?.name === file.name &&
        other.size === file.size &&
        other.lastModified === file.lastModified
      );
    });
    return same ? "This file is in the list already." : null;
  }

  private proceed(): void {
    const busy = this.next.filter(({ state }) => isUnderWay(state) && state !== "queued").length;
    const waiting = this.next.filter(({ state }) => state === "queued");
    for (const item of waiting.slice(0, Math.max(0, FILES_AT_ONCE - busy))) void this.run(item.key);
  }

  private async run(key: number): Promise<void> {
    const kept = this.kept.get(key);
    if (kept === undefined) return;
    const stop = new AbortController();
    kept.stop = stop;
    kept.hasher ??= this.means.hasher(kept.file);
    kept.pace.forget();
    this.change(key, { state: "reading", error: null });
    const told = (progress: Progress) => stop.signal.aborted || this.told(key, kept, progress);
    const tools = { transport: this.means.transport, hasher: kept.hasher, told, pause: this.paused };
    try {
      const outcome = await send(kept.file, tools, stop.signal);
      this.finished(key, kept, { state: "done", outcome, sent: kept.file.size });
    } catch (error) {
      if (!stop.signal.aborted) this.failed(key, kept, error);
    }
    this.proceed();
  }

  private finished(key: number, kept: Kept, change: Partial<Item>): void {
    const upload = this.next.find((item) => item.key === key)?.upload;
    if (upload) memory.forget(upload);
    kept.hasher?.close();
    this.kept.delete(key);
    this.change(key, { ...change, waiting: null, perS: null });
  }

  private failed(key: number, kept: Kept, error: unknown): void {
    // What was read is not to be trusted: a new attempt reads it again.
    kept.hasher?.close();
    kept.hasher = null;
    const text = failureText(error);
    this.change(key, { state: "failed", error: text, waiting: null, perS: null });
  }

  private told(key: number, kept: Kept, progress: Progress): void {
    if ("stage" in progress) this.change(key, { state: progress.stage });
    else if ("upload" in progress) this.change(key, { upload: progress.upload.id });
    else if ("waiting" in progress) {
      kept.pace.forget();
      this.change(key, { waiting: progress.waiting === null ? null : reason(progress.waiting), perS: null });
    } else {
      kept.pace.add(Date.now(), progress.sent - progress.there);
      this.change(key, { sent: progress.sent, perS: kept.pace.perS() }, false);
      this.remember(key, kept);
    }
  }

  private remember(key: number, kept: Kept): void {
    const item = this.next.find((one) => one.key === key);
    if (!item?.upload || Date.now() - kept.rememberedMs < REMEMBERED_MS) return;
    kept.rememberedMs = Date.now();
    const { name, size, lastModified } = kept.file;
    memory.remember({ id: item.upload, name, size, modified: lastModified, sent: item.sent });
  }

  private end(key: number): void {
    this.kept.get(key)?.stop?.abort(new DOMException("ended by hand", "AbortError"));
  }

  private readonly paused = (error: unknown, tries: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const after = PAUSES_MS[Math.min(tries, PAUSES_MS.length) - 1];
      const wake = () => {
        clearTimeout(timer);
        this.wakers.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve(); // who was ended sees it when they go on
      };
      // Time alone does not bring a session back.
      const isOut = error instanceof Refused && error.status === 401;
      const timer = isOut ? undefined : setTimeout(wake, Math.max(after ?? 0, waitOf(error)));
      this.wakers.add(wake);
      signal.addEventListener("abort", wake);
    });

  private change(key: number, change: Partial<Item>, atOnce = true): void {
    this.next = this.next.map((item) => (item.key === key ? { ...item, ...change } : item));
    if (atOnce) this.show();
    else this.showing ??= setTimeout(() => this.show(), SHOWN_MS);
  }

  private show(): void {
    clearTimeout(this.showing);
    this.showing = undefined;
    this.items = this.next;
    for (const watch of this.watchers) watch();
  }
}

function waitOf(error: unknown): number {
  return error instanceof Refused ? (error.retryAfterS ?? 0) * 1000 : 0;
}

function reason(error: unknown): string {
  if (error instanceof Refused && error.status === 401) return "Your session has ended: sign in, and it goes on.";
  const text = failureText(error);
  return `${text[0]?.toUpperCase()}${text.slice(1)}. Trying again by itself.`;
}

/** Whether it goes on by itself. */
export function isUnderWay(state: Item["state"]): boolean {
  return state === "queued" || state === "reading" || state === "sending" || state === "finishing";
}

/** The one of this page. */
export const queue = new UploadQueue();
