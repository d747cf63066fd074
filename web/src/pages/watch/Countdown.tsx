import { useEffect } from "react";
import { instant } from "../../ui/words";
import { type ServerNow, useReached, useSeconds } from "../public/clock";

const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;

type Part = { unit: string; count: number };

/** A span in days, hours, minutes and seconds, from its largest unit on; minutes and seconds always. */
export function parts(ms: number): Part[] {
  let rest = Math.max(0, Math.ceil(ms / 1000));
  const all = UNITS.map(([unit, seconds]) => {
    const count = Math.floor(rest / seconds);
    rest %= seconds;
    return { unit, count };
  });
  const first = all.findIndex(({ count }) => count > 0);
  return all.slice(first < 0 ? 2 : Math.min(first, 2));
}

type CountdownProps = { title: string; startsAt: string; now: ServerNow; onStart: () => void };

/** Counts down by the server's clock, and says when it is time. */
export function Countdown({ title, startsAt, now, onStart }: CountdownProps) {
  const startsMs = Date.parse(startsAt);
  const nowMs = useSeconds(now);
  const reached = useReached(now, startsMs);
  useEffect(() => {
    if (reached) onStart();
  }, [reached, onStart]);
  return (
    <div className="flex h-full flex-col items-center justify-center gap-[clamp(0.5rem,3cqh,1.5rem)] p-4 text-center">
      <h2 className="text-[clamp(1rem,4cqw,1.75rem)] font-semibold text-balance">{title}</h2>
      <p className="text-sm text-muted">
        Begins by itself <time dateTime={startsAt}>{instant(startsAt)}</time>
      </p>
      <div role="timer" aria-label={`Begins ${instant(startsAt)}`} className="flex gap-[clamp(0.75rem,4cqw,2rem)]">
        {parts(startsMs - nowMs).map(({ unit, count }) => (
          <span key={unit} className="flex min-w-[2ch] flex-col items-center">
            <span className="text-[clamp(1.75rem,10cqw,4.5rem)] leading-none font-bold tabular-nums">
              {String(count).padStart(2, "0")}
            </span>
            <span className="mt-1 text-xs text-muted">{count === 1 ? unit : `${unit}s`}</span>
          </span>
        ))}
      </div>
    </div>
  );
}
