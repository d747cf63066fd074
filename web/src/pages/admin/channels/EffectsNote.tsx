import type { Effect, Effects } from "../../../api/schema";
import { timeOfDay } from "../../../ui/words";
import { when } from "../words";

const SHOWN = 4;

/** What a change would do: to how many, from when on, and what some of them would see instead. */
export function EffectsNote({ effects: { text, unchanged_until: until, effects } }: { effects: Effects }) {
  const differing = effects.filter((one) => one.differs_from !== null);
  return (
    <section aria-label="What it would do" className="flex flex-col gap-3 text-sm">
      <p className="first-letter:uppercase">{text}.</p>
      {until !== null && (
        <p className="text-muted">
          Nobody's stream changes before {timeOfDay(until, true)} ({when(until)}).
        </p>
      )}
      {differing.length > 0 && (
        <ul className="flex flex-col gap-2">
          {differing.slice(0, SHOWN).map((one) => (
            <li key={one.viewer ?? one.lineup} className="rounded-lg bg-raised p-3">
              <Difference effect={one} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Difference({ effect: { viewer, lineup, differs_from, before, after } }: { effect: Effect }) {
  const who = viewer?.startsWith("sample-") ? `Some viewer (${viewer})` : (viewer ?? `Lineup ${lineup}`);
  return (
    <>
      <p className="font-medium break-words">
        {who}, from {timeOfDay(differs_from ?? 0, true)} on
      </p>
      <dl className="mt-1 grid grid-cols-[auto_1fr] gap-x-3 gap-y-0.5">
        <dt className="text-muted">now</dt>
        <dd className="min-w-0 break-words">{titles(before)}</dd>
        <dt className="text-muted">then</dt>
        <dd className="min-w-0 break-words">{titles(after)}</dd>
      </dl>
    </>
  );
}

function titles(airings: Effect["after"]): string {
  return airings.length === 0 ? "nothing" : airings.map((one) => one.title || one.asset).join(" · ");
}
