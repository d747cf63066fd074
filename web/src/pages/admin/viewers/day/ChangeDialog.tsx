import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Airing, Effect, Effects, Entry } from "../../../../api/schema";
import { Button } from "../../../../ui/Button";
import { Skeleton } from "../../../../ui/bits";
import { classes } from "../../../../ui/classes";
import { Dialog } from "../../../../ui/Dialog";
import { ErrorNote } from "../../../../ui/ErrorNote";
import { useToast } from "../../../../ui/Toasts";
import { useAttempt } from "../../../../ui/useAttempt";
import { failureText, timeOfDay } from "../../../../ui/words";
import { keys } from "../../keys";
import { useServerClock } from "../../parts/serverTime";
import { useDryRun } from "../../parts/useDryRun";
import { edits, made, tried, undone, type Whose } from "../data";
import { bodyNow, type Deed, horizonMs, type Wish } from "./order";

type ChangeDialogProps = {
  whose: Whose;
  deed: Deed;
  clip: Entry | undefined;
  wish: Wish;
  lookaheadTicks: number;
  onClose: () => void;
};

const TITLES: Record<Deed["kind"], (title: string) => string> = {
  move: (title) => `Move ${title}`,
  insert: (title) => `Insert before ${title}`,
  replace: (title) => `Replace ${title}`,
  skip: (title) => `Skip ${title}`,
};

/** What a change would do, before it is done. */
export function ChangeDialog({ whose, deed, clip, wish, lookaheadTicks, onClose }: ChangeDialogProps) {
  const [all, setAll] = useState(false);
  const { busy, error, attempt, forget } = useAttempt();
  const clock = useServerClock();
  const body = () => bodyNow(wish, horizonMs(clock(), lookaheadTicks));
  const trial = useTrial(whose, all, wish, body);
  const apply = useApply(whose);
  const applied = () =>
    attempt(async () => {
      if (trial.data === undefined) return;
      await apply({ whose, all, body: body(), version: trial.data.version });
      onClose();
    });
  const again = () => {
    forget();
    void trial.refetch();
  };
  const wrong = error ?? trial.error;
  return (
    <Dialog title={TITLES[deed.kind](clip?.title ?? "")} onClose={onClose}>
      <ForAll deed={deed} all={all} onAll={setAll} />
      <div className="min-h-40">
        {trial.data && !trial.isFetching ? (
          <Told effects={trial.data.effects} />
        ) : (
          trial.error === null && <Skeleton className="h-40" />
        )}
      </div>
      {wrong !== null && (
        <ErrorNote
          error={wrong}
          action={
            <Button busy={trial.isFetching} onClick={again}>
              Look again
            </Button>
          }
        />
      )}
      <footer className="flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button look="primary" busy={busy} disabled={trial.data === undefined || trial.isFetching} onClick={applied}>
          Apply
        </Button>
      </footer>
    </Dialog>
  );
}

/** What it would do, with the version of what it was looked at with. */
function useTrial(whose: Whose, all: boolean, wish: Wish, body: () => Wish["body"]) {
  return useDryRun([all, wish.startsMs], async () => {
    const { version } = await edits(whose, all);
    return { version, effects: await tried({ whose, all, body: body(), version }) };
  });
}

/** Makes the change, and offers to undo it. */
function useApply(whose: Whose) {
  const queries = useQueryClient();
  const say = useToast();
  const anew = () => queries.invalidateQueries({ queryKey: keys.channel.all });
  return async (asked: Parameters<typeof made>[0]) => {
    const { id } = await made(asked);
    const undo = async () => {
      try {
        await undone(whose, asked.all, id);
        say("It is as before.");
      } catch (failure) {
        say(failureText(failure), { bad: true });
      }
      await anew();
    };
    say(asked.all ? "Changed for everybody." : `Changed for ${whose.viewer}.`, {
      action: { verb: "Undo", act: () => void undo() },
    });
    await anew();
  };
}

function ForAll({ deed, all, onAll }: { deed: Deed; all: boolean; onAll: (all: boolean) => void }) {
  if (deed.kind === "move") {
    return <p className="text-sm text-muted">Another order is of one lineup: all who are on it see the change.</p>;
  }
  return (
    <label className="flex min-h-10 items-center gap-2 text-sm">
      <input type="checkbox" className="size-4" checked={all} onChange={(event) => onAll(event.target.checked)} />
      For everybody, at the next clip of each, and not only on this lineup
    </label>
  );
}

/** The words for a change, from when on, and the clips side by side. */
function Told({ effects: { text, unchanged_until, sample, effects } }: { effects: Effects }) {
  const when: Intl.DateTimeFormatOptions = { dateStyle: "medium", timeStyle: "medium" };
  return (
    <div className="flex flex-col gap-3">
      <p role="status" className="text-sm">
        <span className="inline-block font-medium first-letter:uppercase">{text}.</span>
        {unchanged_until !== null &&
          ` Nobody sees a change before ${new Intl.DateTimeFormat(undefined, when).format(new Date(unchanged_until))}.`}
        {sample && " These are a sample; others change likewise."}
      </p>
      {effects.slice(0, 3).map((effect) => (
        <Sides key={`${effect.viewer} ${effect.lineup}`} effect={effect} />
      ))}
    </div>
  );
}

function Sides({ effect: { viewer, lineup, differs_from, before, after } }: { effect: Effect }) {
  if (differs_from === null) return <p className="text-sm text-muted">{viewer ?? lineup}: nothing changes.</p>;
  return (
    <div>
      <p className="mb-1 text-sm text-muted">
        {viewer ?? `Lineup ${lineup}`}, from {timeOfDay(differs_from, true)} on
      </p>
      <div className="grid gap-3 sm:grid-cols-2">
        <Clips title="Now" airings={before} others={after} />
        <Clips title="Then" airings={after} others={before} />
      </div>
    </div>
  );
}

function Clips({ title, airings, others }: { title: string; airings: Airing[]; others: Airing[] }) {
  return (
    <div className="min-w-0">
      <h3 className="text-xs font-semibold text-muted">{title}</h3>
      <ol className="flex flex-col">
        {airings.map((one, place) => (
          <li
            key={one.msn}
            className={classes("flex gap-2 text-sm", others[place]?.asset !== one.asset && "font-semibold")}
          >
            <span className="whitespace-nowrap text-muted tabular-nums">{timeOfDay(one.starts, true)}</span>
            <span className="truncate" title={one.title}>
              {one.title}
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}
