import { Users } from "lucide-react";
import type { WatchEntry } from "../../api/schema";
import { Badge, Progress, Skeleton } from "../../ui/bits";
import { clockTime, share, timeOfDay } from "../../ui/words";
import { type ServerNow, useSeconds } from "../public/clock";
import { Picture } from "../public/Picture";

const SHOWN = 4;
const SHORT_MS = 120_000; // of what is shorter, starts are told with their seconds

const isShort = (one: WatchEntry) => Date.parse(one.ends) - Date.parse(one.starts) < SHORT_MS;

function Together() {
  return (
    <Badge tone="accent">
      <Users size={13} aria-hidden />
      Shared by all
    </Badge>
  );
}

function Left({ entry, now, behindMs }: { entry: WatchEntry; now: ServerNow; behindMs: number }) {
  const atMs = useSeconds(now) - behindMs;
  return (
    <div className="flex flex-col gap-1.5">
      <Progress label={`How far ${entry.title} is`} done={share(atMs, entry.starts, entry.ends)} />
      <p className="flex justify-between text-xs text-muted tabular-nums">
        <span>{timeOfDay(entry.starts, isShort(entry))}</span>
        <span>{clockTime(Date.parse(entry.ends) - atMs)} left</span>
      </p>
    </div>
  );
}

/** What is on. */
export function NowCard({ entry, now, behindMs }: { entry: WatchEntry; now: ServerNow; behindMs: number }) {
  return (
    <div className="flex flex-col gap-3">
      <div className="flex gap-4">
        <Picture url={entry.poster} className="w-32 shrink-0 self-start" />
        <div className="flex min-w-0 flex-col items-start gap-1.5">
          <h3 className="line-clamp-2 font-semibold break-words">{entry.title || "Untitled"}</h3>
          {entry.moment !== null && <Together />}
          {entry.rating !== null && entry.rating > 0 && <Badge>from age {entry.rating}</Badge>}
        </div>
      </div>
      <Left entry={entry} now={now} behindMs={behindMs} />
      {entry.description && <p className="line-clamp-4 text-sm leading-relaxed text-muted">{entry.description}</p>}
    </div>
  );
}

function NextLine({ entry }: { entry: WatchEntry }) {
  return (
    <li className="flex items-center gap-3">
      <Picture url={entry.poster} className="w-20 shrink-0" />
      <div className="flex min-w-0 flex-col items-start gap-0.5">
        <p className="line-clamp-2 text-sm font-medium break-words">{entry.title || "Untitled"}</p>
        <p className="text-xs text-muted tabular-nums">
          <time dateTime={entry.starts}>{timeOfDay(entry.starts, isShort(entry))}</time>
        </p>
        {entry.moment !== null && <Together />}
      </div>
    </li>
  );
}

function Lines() {
  return (
    <div aria-hidden className="flex flex-col gap-4">
      <div className="flex gap-4">
        <Skeleton className="aspect-video w-32 shrink-0" />
        <Skeleton className="h-6 grow" />
      </div>
      <Skeleton className="h-7 w-full" />
      <Skeleton className="h-11 w-full" />
      <Skeleton className="h-11 w-full" />
      <Skeleton className="h-11 w-full" />
    </div>
  );
}

type NowNextProps = {
  on: WatchEntry | null;
  next: readonly WatchEntry[];
  known: boolean;
  now: ServerNow;
  behindMs: number;
};

/** What is on and what comes next. */
export function NowNext({ on, next, known, now, behindMs }: NowNextProps) {
  return (
    <aside aria-label="Now and next" className="flex flex-col gap-4 rounded-card border border-line bg-card p-4">
      <h2 className="text-sm font-semibold">Now</h2>
      {!known && <Lines />}
      {known && on === null && <p className="text-sm text-muted">What is on now is not told.</p>}
      {on !== null && <NowCard entry={on} now={now} behindMs={behindMs} />}
      {next.length > 0 && (
        <>
          <h2 className="border-t border-line pt-4 text-sm font-semibold">Next</h2>
          <ul className="flex flex-col gap-3">
            {next.slice(0, SHOWN).map((entry) => (
              <NextLine key={entry.starts} entry={entry} />
            ))}
          </ul>
        </>
      )}
    </aside>
  );
}
