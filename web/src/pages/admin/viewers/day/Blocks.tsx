import { Lock, Users } from "lucide-react";
import { memo } from "react";
import type { Entry } from "../../../../api/schema";
import { classes } from "../../../../ui/classes";
import { timeOfDay } from "../../../../ui/words";
import { pixel, type Span } from "./geometry";
import { type Hold, shownAt } from "./hold";
import { isMovable, reordered } from "./order";

const EDGE_PX = 6;
const POSTER_PX = 20;
const TEXT_PX = 36;
const TIME_PX = 96;

type BlocksProps = {
  entries: readonly Entry[];
  span: Span;
  width: number;
  horizon: number;
  hold: Hold | null;
  /** The place of the one that has, or would get, the focus. */
  at: number;
};

/** The clips that are to be seen, as buttons: `data-place` says which. */
export const Blocks = memo(function Blocks({ entries, span, width, horizon, hold, at }: BlocksProps) {
  const shown = hold === null ? entries : reordered(entries, hold.from, hold.to);
  return entries.map((entry, place) => {
    const seen = shown[shownAt(place, hold)] ?? entry;
    const left = pixel(Date.parse(seen.starts), span, width);
    const right = pixel(Date.parse(seen.ends ?? seen.starts), span, width);
    if (right < -width || left > 2 * width) return null;
    return (
      <Block
        // biome-ignore lint/suspicious/noArrayIndexKey: a clip may come twice, and one that is held keeps its place here
        key={`${entry.starts} ${place}`}
        entry={seen}
        place={place}
        left={left}
        width={right - left}
        fixed={!isMovable(entry, horizon)}
        held={hold?.from === place}
        focusable={place === at}
      />
    );
  });
});

type BlockProps = {
  entry: Entry;
  place: number;
  left: number;
  width: number;
  fixed: boolean;
  held: boolean;
  focusable: boolean;
};

const KINDS: Record<Entry["kind"], string> = {
  clip: "border-accent/40 bg-accent/15",
  moment: "border-warn/50 bg-warn/20",
  filler: "border-line bg-raised",
  personal: "border-line bg-raised",
};

function Block({ entry, place, left, width, fixed, held, focusable }: BlockProps) {
  const inner = Math.max(2, width - 2);
  return (
    <button
      type="button"
      data-place={place}
      tabIndex={focusable ? 0 : -1}
      aria-label={called(entry, fixed)}
      aria-pressed={held}
      style={{ left: `${left}px`, width: `${inner}px` }}
      className={classes(
        "absolute inset-y-0 flex flex-col overflow-hidden text-left text-xs",
        inner >= EDGE_PX && "rounded-md border",
        look(entry, fixed),
        fixed ? "cursor-pointer" : "cursor-grab",
        focusable && !fixed && "touch-none", // a finger that is on it moves it, and not the page
        held && "z-20 cursor-grabbing shadow-xl ring-2 ring-accent",
        focusable && !held && "ring-2 ring-accent/60",
      )}
    >
      {inner >= POSTER_PX && entry.poster && (
        <img
          src={entry.poster}
          alt=""
          draggable={false}
          loading="lazy"
          className="h-14 w-full shrink-0 object-cover"
        />
      )}
      {inner >= TEXT_PX && (
        <span className="flex min-w-0 flex-col gap-0.5 p-1">
          <span className="line-clamp-2 leading-tight font-medium break-words">
            {entry.kind === "moment" && <Users size={12} aria-hidden className="mr-0.5 inline text-warn" />}
            {fixed && entry.kind === "clip" && <Lock size={11} aria-hidden className="mr-0.5 inline text-muted" />}
            {entry.title}
          </span>
          {inner >= TIME_PX && (
            <span className="truncate text-muted tabular-nums">{timeOfDay(entry.starts, true)}</span>
          )}
        </span>
      )}
    </button>
  );
}

function look({ kind, moment }: Entry, fixed: boolean): string {
  if (kind !== "clip") return KINDS[kind];
  if (moment !== null) return "border-warn/50 bg-warn/10"; // a break of it
  return fixed ? KINDS.filler : KINDS.clip;
}

/** What screen readers say of a clip. */
function called({ title, starts, kind, moment }: Entry, fixed: boolean): string {
  const shared = kind === "moment" ? ", shared moment" : moment !== null && moment !== undefined ? ", break" : "";
  const state = fixed ? ", fixed" : ", can be moved: space takes it up";
  return `${title}, ${timeOfDay(starts, true)}${shared}${kind === "filler" ? ", filler" : ""}${state}`;
}
