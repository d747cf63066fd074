import { ChevronLeft, ChevronRight, ZoomIn, ZoomOut } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import type { Entry } from "../../../../api/schema";
import { Button, IconButton } from "../../../../ui/Button";
import { Card, Empty } from "../../../../ui/bits";
import { useChannel } from "../../channels/stored";
import { Loaded } from "../../parts/Loaded";
import { useServerNow } from "../../parts/serverTime";
import { useMay } from "../../session/session";
import { span as lasts } from "../../words";
import { useDay, type Whose } from "../data";
import { ChangeDialog } from "./ChangeDialog";
import { ClipPanel } from "./ClipPanel";
import { daysOn, moved, type Span, zone, zoomed } from "./geometry";
import type { Hold } from "./hold";
import { type Deed, horizonMs, isMovable, wishOf } from "./order";
import { Strip } from "./Strip";

const SHOWN_MS = 5 * 60_000;
const NARROW = "(max-width: 40rem)";
const SHOWN_NARROW_MS = 2 * 60_000;
const BEFORE = 0.2;
const LOOKAHEAD_TICKS = 16 * 90_000;

/** From where on what is shown is, so that now is in it. */
function around(now: number, lengthMs: number): Span {
  const fromMs = Math.round(now - lengthMs * BEFORE);
  return { fromMs, untilMs: fromMs + lengthMs };
}

/** A viewer's day: what they see, clip by clip, and how it can be changed. */
export function DayCard({ whose }: { whose: Whose }) {
  const now = useServerNow();
  const [span, setSpan] = useState(() => around(now, matchMedia(NARROW).matches ? SHOWN_NARROW_MS : SHOWN_MS));
  const day = useDay(whose, span);
  return (
    <Card title="The day" actions={<Moves span={span} onSpan={setSpan} now={now} />}>
      <div className="flex flex-col gap-3">
        <p className="text-sm text-muted">
          {new Intl.DateTimeFormat(undefined, { dateStyle: "full" }).format(new Date(span.fromMs))} · times are of{" "}
          {zone()} · {lasts((span.untilMs - span.fromMs) / 1000)} are shown
        </p>
        <Loaded query={day} rows={2}>
          {({ entries, next }) =>
            entries.length === 0 ? (
              <Empty title="Nothing is on then">The channel is not on air at this time. Go to another.</Empty>
            ) : (
              <Day whose={whose} entries={entries} until={next} span={span} onSpan={setSpan} now={now} />
            )
          }
        </Loaded>
      </div>
    </Card>
  );
}

type MovesProps = { span: Span; onSpan: (span: Span) => void; now: number };

function Moves({ span, onSpan, now }: MovesProps) {
  const middle = (span.fromMs + span.untilMs) / 2;
  return (
    <div className="flex flex-wrap items-center gap-1">
      <Button look="quiet" className="px-2" onClick={() => onSpan(daysOn(span, -1))}>
        − day
      </Button>
      <IconButton label="Earlier" onClick={() => onSpan(moved(span, -0.5))}>
        <ChevronLeft size={18} aria-hidden />
      </IconButton>
      <Button onClick={() => onSpan(around(now, span.untilMs - span.fromMs))}>Now</Button>
      <IconButton label="Later" onClick={() => onSpan(moved(span, 0.5))}>
        <ChevronRight size={18} aria-hidden />
      </IconButton>
      <Button look="quiet" className="px-2" onClick={() => onSpan(daysOn(span, 1))}>
        + day
      </Button>
      <IconButton label="Nearer" onClick={() => onSpan(zoomed(span, -1, middle))}>
        <ZoomIn size={18} aria-hidden />
      </IconButton>
      <IconButton label="Farther" onClick={() => onSpan(zoomed(span, 1, middle))}>
        <ZoomOut size={18} aria-hidden />
      </IconButton>
    </div>
  );
}

type DayProps = {
  whose: Whose;
  entries: readonly Entry[];
  /** From when on there is more than was answered. */
  until: string | null;
  span: Span;
  onSpan: (span: Span) => void;
  now: number;
};

function Day({ whose, entries: told, until, span, onSpan, now }: DayProps) {
  const channel = useChannel(whose.channel);
  const mayEdit = useMay("editor");
  const [chosen, setChosen] = useState<string | null>(null);
  // While a clip is held, what is on the screen stays, whatever the server tells meanwhile.
  const [held, setHeld] = useState<{ hold: Hold; entries: readonly Entry[] } | null>(null);
  const [asked, setAsked] = useState<{ deed: Deed; entries: readonly Entry[] } | null>(null);
  const entries = held?.entries ?? told;
  const horizon = horizonMs(now, channel.data?.lookahead_ticks ?? LOOKAHEAD_TICKS);
  const at = useMemo(() => place(entries, chosen, now), [entries, chosen, now]);
  const onHold = useCallback(
    (hold: Hold | null) => setHeld((before) => (hold === null ? null : { hold, entries: before?.entries ?? told })),
    [told],
  );
  const ask = (deed: Deed) => setAsked({ deed, entries });
  const wish = asked && wishOf(asked.deed, asked.entries);
  const clip = entries[at];
  const over = () => {
    setAsked(null);
    setHeld(null);
  };
  return (
    <>
      <Strip
        entries={entries}
        span={span}
        onSpan={onSpan}
        now={now}
        horizon={horizon}
        editable={mayEdit && channel.data !== undefined}
        at={at}
        onAt={(next) => setChosen(entries[next]?.starts ?? null)}
        hold={held?.hold ?? null}
        onHold={onHold}
        onDrop={(hold) => (hold.from === hold.to ? onHold(null) : ask({ kind: "move", ...hold }))}
      />
      {until !== null && Date.parse(until) < span.untilMs && (
        <p className="text-sm text-muted">
          There are more clips than can be shown at once: go nearer to see them all.
        </p>
      )}
      {clip && (
        <ClipPanel
          whose={whose}
          entries={entries}
          at={at}
          isOn={isOn(clip, now)}
          movable={mayEdit && isMovable(clip, horizon)}
          horizon={horizon}
          onDeed={ask}
        />
      )}
      {asked && wish && (
        <ChangeDialog
          whose={whose}
          deed={asked.deed}
          clip={asked.entries[placeOfDeed(asked.deed)]}
          wish={wish}
          lookaheadTicks={channel.data?.lookahead_ticks ?? LOOKAHEAD_TICKS}
          onClose={over}
        />
      )}
    </>
  );
}

function placeOfDeed(deed: Deed): number {
  return deed.kind === "move" ? deed.from : deed.at;
}

function isOn({ starts, ends }: Entry, now: number): boolean {
  return Date.parse(starts) <= now && (ends === null || now < Date.parse(ends));
}

/** The place of the clip that was chosen; else that of the one that is on, or the first. */
function place(entries: readonly Entry[], chosen: string | null, now: number): number {
  const found = entries.findIndex(({ starts }) => starts === chosen);
  if (found >= 0) return found;
  return Math.max(
    0,
    entries.findIndex((entry) => isOn(entry, now)),
  );
}
