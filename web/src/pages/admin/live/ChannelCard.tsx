import { MonitorPlay, TriangleAlert, Users, X } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import type { ChannelLine } from "../../../api/schema";
import { Button, IconButton } from "../../../ui/Button";
import { Badge, Skeleton } from "../../../ui/bits";
import { clockTime, timeOfDay } from "../../../ui/words";
import { Poster } from "../assets/AssetGrid";
import { StreamPlayer } from "../parts/StreamPlayer";
import { May } from "../session/session";
import { viewerPath } from "../viewers/Finder";
import { when } from "../words";
import { togetherOf, useAudience, useNextMoment } from "./data";
import { SlateDialog } from "./SlateDialog";

const SAMPLE = "sample";

/** A channel that is on air, or about to be: what is on, who watches, and what comes. */
export function ChannelCard({ channel, now }: { channel: ChannelLine; now: number }) {
  const { name, title, state } = channel;
  const [open, setOpen] = useState<"watch" | "slate" | null>(null);
  return (
    <section
      aria-label={name}
      className="flex h-full flex-col overflow-hidden rounded-card border border-line bg-card"
    >
      {open === "watch" ? (
        <div className="relative p-2">
          <StreamPlayer channel={name} viewer={SAMPLE} />
          <IconButton
            label="Close the player"
            className="absolute top-3 right-3 bg-black/70 text-white hover:bg-black"
            onClick={() => setOpen(null)}
          >
            <X size={18} aria-hidden />
          </IconButton>
        </div>
      ) : (
        <OnNow channel={channel} />
      )}
      <div className="flex grow flex-col gap-3 p-4">
        <header className="flex flex-wrap items-center gap-2">
          <h2 className="min-w-0 text-base font-semibold break-words">
            <Link href={`/channels/${name}`} className="underline-offset-2 hover:underline">
              {title || name}
            </Link>
          </h2>
          <Badge tone={state === "on air" ? "bad" : "plain"}>{state}</Badge>
        </header>
        {state === "on air" ? <Audience channel={name} /> : <Begins at={channel.on_air_from} now={now} />}
        <NextMoment channel={name} now={now} />
        <footer className="mt-auto flex flex-wrap gap-2">
          {state === "on air" && open !== "watch" && (
            <Button onClick={() => setOpen("watch")}>
              <MonitorPlay size={16} aria-hidden /> Look in
            </Button>
          )}
          <Link
            href={viewerPath(name, SAMPLE)}
            className="inline-flex min-h-10 items-center rounded-lg border border-line px-4 text-sm font-medium hover:bg-raised"
          >
            The day
          </Link>
          <May as="editor">
            <Button onClick={() => setOpen("slate")}>
              <TriangleAlert size={16} aria-hidden /> Slate
            </Button>
          </May>
        </footer>
      </div>
      {open === "slate" && <SlateDialog channel={name} onClose={() => setOpen(null)} />}
    </section>
  );
}

/** What is the same for all: a moment; else that each sees clips of their own. */
function OnNow({ channel: { now, assets, state } }: { channel: ChannelLine }) {
  const moment = now?.kind === "moment" ? now : null;
  return (
    <div className="border-b border-line">
      {moment !== null && <Poster key={moment.poster} src={moment.poster} />}
      <p className="bg-raised px-4 py-3 text-sm">
        {moment !== null ? (
          <>
            <b className="font-medium">{moment.title}</b>, the same for everybody
            {moment.ends && `, until ${timeOfDay(moment.ends)}`}
          </>
        ) : (
          `${state === "on air" ? "Everybody sees" : "Everybody will see"} clips of their own, of ${assets} ${assets === 1 ? "asset" : "assets"}`
        )}
      </p>
    </div>
  );
}

function Audience({ channel }: { channel: string }) {
  const { data, error } = useAudience(channel);
  if (data === undefined) {
    if (error !== null) return <p className="text-sm text-muted">How many watch is not known: {error.message}</p>;
    return <Skeleton className="h-13" />;
  }
  const { watching, measured, inSync } = togetherOf(data);
  return (
    <dl className="grid grid-cols-2 gap-4">
      <div className="flex flex-col-reverse justify-end">
        <dt className="flex items-center gap-1 text-sm text-muted">
          <Users size={14} aria-hidden /> {watching === 1 ? "watches" : "watch"}
        </dt>
        <dd className="text-2xl font-semibold tabular-nums">{watching}</dd>
      </div>
      <div className="flex flex-col-reverse justify-end">
        <dt className="text-sm text-muted">in sync, within 40 ms</dt>
        <dd className="text-2xl font-semibold tabular-nums">{measured ? inSync : "–"}</dd>
      </div>
    </dl>
  );
}

function Begins({ at, now }: { at: string | null; now: number }) {
  if (at === null) return null;
  return (
    <p className="text-sm">
      Begins in <b className="tabular-nums">{clockTime(Date.parse(at) - now)}</b>
      <span className="text-muted">, {when(at)}</span>
    </p>
  );
}

function NextMoment({ channel, now }: { channel: string; now: number }) {
  const { data: moment } = useNextMoment(channel, now);
  if (moment === undefined) return <Skeleton className="h-5" />;
  if (moment === null || moment.next === null) return <p className="text-sm text-muted">No moment is to come</p>;
  return (
    <p className="text-sm">
      {moment.title || moment.id} in <b className="tabular-nums">{clockTime(moment.next - now)}</b>
      <span className="text-muted">, {when(moment.next)}</span>
    </p>
  );
}
