import { CircleHelp, MoveLeft, MoveRight, Plus, Replace, SkipForward } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import type { Entry } from "../../../../api/schema";
import { Button } from "../../../../ui/Button";
import { Badge } from "../../../../ui/bits";
import { Poster } from "../../assets/AssetGrid";
import { PickAsset } from "../../parts/PickAsset";
import { May } from "../../session/session";
import { runtime } from "../../words";
import type { Whose } from "../data";
import { ExplainDialog } from "../ExplainDialog";
import { type Deed, runOf } from "./order";

type ClipPanelProps = {
  whose: Whose;
  entries: readonly Entry[];
  at: number;
  isOn: boolean;
  movable: boolean;
  horizon: number;
  onDeed: (deed: Deed) => void;
};

/** The clip that was chosen, and what can be done about it. */
export function ClipPanel({ whose, entries, at, isOn, movable, horizon, onDeed }: ClipPanelProps) {
  const [picks, setPicks] = useState<"insert" | "replace" | null>(null);
  const [explained, setExplained] = useState(false);
  const entry = entries[at];
  if (entry === undefined) return null;
  return (
    <section
      aria-label="The clip that is chosen"
      className="flex flex-wrap items-start gap-4 rounded-lg bg-raised/60 p-3"
    >
      <div className="w-32 shrink-0 overflow-hidden rounded">
        <Poster key={entry.poster} src={entry.poster ?? null} />
      </div>
      <div className="flex min-w-0 grow basis-64 flex-col gap-2">
        <About entry={entry} isOn={isOn} movable={movable} />
        <div className="flex flex-wrap gap-2">
          {movable && <Doings entries={entries} at={at} horizon={horizon} onDeed={onDeed} onPick={setPicks} />}
          <Button onClick={() => setExplained(true)}>
            <CircleHelp size={16} aria-hidden /> Why this?
          </Button>
        </div>
      </div>
      {picks !== null && (
        <PickAsset
          title={picks === "insert" ? `Insert before ${entry.title}` : `Replace ${entry.title}`}
          onClose={() => setPicks(null)}
          onPick={(asset) => {
            setPicks(null);
            onDeed({ kind: picks, at, asset });
          }}
        />
      )}
      {explained && (
        <ExplainDialog whose={whose} at={isOn ? null : entry.starts} onClose={() => setExplained(false)} />
      )}
    </section>
  );
}

function About({ entry, isOn, movable }: { entry: Entry; isOn: boolean; movable: boolean }) {
  const { title, asset, starts, ends, kind, moment, part } = entry;
  const how: Intl.DateTimeFormatOptions = { dateStyle: "medium", timeStyle: "medium" };
  return (
    <div className="flex flex-col gap-1">
      <p className="flex flex-wrap items-center gap-2 font-medium break-words">
        {asset ? (
          <Link href={`/assets/${asset}`} className="underline-offset-2 hover:underline">
            {title}
          </Link>
        ) : (
          title
        )}
        {isOn && <Badge tone="bad">on now</Badge>}
        {kind === "moment" && <Badge tone="warn">shared moment {moment}</Badge>}
        {kind !== "moment" && moment && <Badge tone="warn">break of {moment}</Badge>}
        {kind === "filler" && <Badge>filler</Badge>}
        {part && <Badge tone="good">day part {part}</Badge>}
        {!movable && !isOn && <Badge>fixed</Badge>}
      </p>
      <p className="text-sm text-muted tabular-nums">
        {new Intl.DateTimeFormat(undefined, how).format(new Date(starts))}
        {ends && ` · ${runtime((Date.parse(ends) - Date.parse(starts)) / 1000)}`}
      </p>
    </div>
  );
}

type DoingsProps = {
  entries: readonly Entry[];
  at: number;
  horizon: number;
  onDeed: (deed: Deed) => void;
  onPick: (what: "insert" | "replace") => void;
};

function Doings({ entries, at, horizon, onDeed, onPick }: DoingsProps) {
  const [first, last] = runOf(entries, at, horizon);
  return (
    <May as="editor">
      <Button disabled={at <= first} onClick={() => onDeed({ kind: "move", from: at, to: at - 1 })}>
        <MoveLeft size={16} aria-hidden /> Earlier
      </Button>
      <Button disabled={at >= last} onClick={() => onDeed({ kind: "move", from: at, to: at + 1 })}>
        <MoveRight size={16} aria-hidden /> Later
      </Button>
      <Button onClick={() => onPick("insert")}>
        <Plus size={16} aria-hidden /> Insert before
      </Button>
      <Button onClick={() => onPick("replace")}>
        <Replace size={16} aria-hidden /> Replace
      </Button>
      <Button onClick={() => onDeed({ kind: "skip", at })}>
        <SkipForward size={16} aria-hidden /> Skip
      </Button>
    </May>
  );
}
