/** Asks the server for the time, often enough, and knows its clock. */
import { type Estimate, probeDelayMs, ServerClock } from "../sync/clock";

const DOUBT_MS = 150;
const AWAY_MS = 1000;
const TIMEOUT_MS = 4000;
const SET_BY_MS = 250;
const ENTRY_MS = 80;

/** This device's clock, Unix ms; it does not jump while the page lives, but may stop while the device sleeps. */
export function deviceMs(): number {
  return performance.timeOrigin + performance.now();
}

export class Timekeeper {
  private readonly clock = new ServerClock();
  private readonly wire = new Wire();
  private probes = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asking: AbortController | null = null;
  private wallAheadMs = Date.now() - deviceMs();
  private away = false;
  /** When the server last answered, by this device's clock. */
  answeredMs = Number.NEGATIVE_INFINITY;

  /** `back` is called when the server answers again. */
  constructor(
    private readonly server: string,
    private readonly back: () => void,
  ) {
    this.ask();
  }

  estimate(): Estimate | null {
    return this.clock.estimate(deviceMs());
  }

  /** The server's clock, Unix ms; this device's until it is known. */
  nowMs(): number {
    const at = deviceMs();
    return at + (this.clock.estimate(at)?.offsetMs ?? 0);
  }

  /** Whether the device slept, or its clock was set, since this was last asked: then the time is asked for anew. */
  noticed(): boolean {
    const wallAheadMs = Date.now() - deviceMs();
    const jumped = Math.abs(wallAheadMs - this.wallAheadMs) > SET_BY_MS;
    this.wallAheadMs = wallAheadMs;
    if (jumped) this.renew();
    return jumped;
  }

  /** Ask anew, and believe the answer. */
  renew(): void {
    this.clock.distrust();
    this.soon();
  }

  /** Ask now. */
  soon(): void {
    this.probes = 0;
    clearTimeout(this.timer);
    this.asking?.abort();
    this.ask();
  }

  destroy(): void {
    clearTimeout(this.timer);
    this.asking?.abort();
    this.asking = null;
    this.wire.destroy();
  }

  private async ask(): Promise<void> {
    const asking = new AbortController();
    this.asking = asking;
    const timeout = setTimeout(() => asking.abort(), TIMEOUT_MS);
    const answered = await this.probe(asking.signal);
    clearTimeout(timeout);
    if (this.asking !== asking) return;
    if (answered) {
      this.probes += 1;
      this.answeredMs = deviceMs();
      if (this.away) this.back();
    }
    this.away = !answered;
    const luck = Math.random();
    const usual = this.clock.doubtful ? DOUBT_MS : probeDelayMs(this.probes, luck);
    this.timer = setTimeout(() => this.ask(), answered ? usual : AWAY_MS * (0.5 + luck));
  }

  private async probe(signal: AbortSignal): Promise<boolean> {
    // Its own address, so that its entry among the timings is found.
    const url = new URL(`${this.server}/time?n=${Math.random().toString(36).slice(2, 8)}`, location.href).href;
    const timing = this.wire.timing(url);
    const sentMs = deviceMs();
    try {
      const response = await fetch(url, { signal, cache: "no-store", credentials: "omit" });
      const gotMs = deviceMs();
      if (!response.ok) return false;
      const told: unknown = await response.json();
      const serverMs = Number((told as { now_ms?: unknown } | null)?.now_ms);
      this.clock.take({ ...((await Promise.race([timing, after(ENTRY_MS)])) ?? { sentMs, gotMs }), serverMs });
      return true;
    } catch {
      return false;
    }
  }
}

/** When questions and their answers were on the wire: without a connection's setup, and what else the page did. */
class Wire {
  private readonly waiting = new Map<string, (entry: PerformanceResourceTiming | null) => void>();
  private readonly observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) this.waiting.get(entry.name)?.(entry as PerformanceResourceTiming);
  });

  constructor() {
    // The page's own list of timings is full after some minutes; an observer hears of all.
    this.observer.observe({ type: "resource" });
  }

  destroy(): void {
    this.observer.disconnect();
  }

  /** To be called before the question is sent; null when the browser does not tell, as of other origins it may not. */
  async timing(url: string): Promise<{ sentMs: number; gotMs: number } | null> {
    const entry = await new Promise<PerformanceResourceTiming | null>((resolve) => {
      this.waiting.set(url, resolve);
      setTimeout(() => resolve(null), TIMEOUT_MS + ENTRY_MS);
    });
    this.waiting.delete(url);
    if (entry === null || entry.requestStart <= 0 || entry.responseStart <= entry.requestStart) return null;
    const { timeOrigin } = performance;
    return { sentMs: timeOrigin + entry.requestStart, gotMs: timeOrigin + entry.responseStart };
  }
}

function after(ms: number): Promise<null> {
  return new Promise((resolve) => setTimeout(() => resolve(null), ms));
}
