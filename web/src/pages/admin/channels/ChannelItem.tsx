import { Link } from "wouter";
import type { ChannelLine } from "../../../api/schema";
import { Badge } from "../../../ui/bits";
import { timeOfDay } from "../../../ui/words";
import { Poster } from "../assets/AssetGrid";
import { ChannelActions } from "./ChannelActions";
import { sinceWhen, toneOf } from "./state";

type ChannelItemProps = { channel: ChannelLine; nowMs: number; viewers: number | null };

/** A channel in the list. */
export function ChannelItem({ channel, nowMs, viewers }: ChannelItemProps) {
  const { name, title, state, assets, query, now } = channel;
  return (
    <article className="flex h-full flex-col gap-3 rounded-card border border-line bg-card p-4">
      <header className="flex items-start gap-3">
        <div className="min-w-0 grow">
          <h2 className="font-semibold break-words">
            <Link href={`/channels/${name}`} className="-my-1 inline-block py-2 hover:text-accent">
              {title || name}
            </Link>
          </h2>
          {title && <p className="text-sm break-all text-muted">{name}</p>}
        </div>
        <Badge tone={toneOf(channel)}>{state}</Badge>
      </header>
      <p className="text-sm tabular-nums text-muted">{sinceWhen(channel, nowMs)}</p>
      {now && <NowOn now={now} />}
      <p className="grow text-sm text-muted">
        {assets} {assets === 1 ? "asset" : "assets"} in the pool{query && ", by what is said of them"}
        {viewers !== null && state === "on air" && ` · ${viewers} watching`}
      </p>
      <ChannelActions channel={channel} viewers={viewers} />
    </article>
  );
}

function NowOn({ now: { kind, title, ends, poster } }: { now: NonNullable<ChannelLine["now"]> }) {
  if (kind === "personal") return <p className="text-sm">Everybody sees their own order now.</p>;
  return (
    <div className="flex items-center gap-3">
      <span className="w-24 shrink-0 overflow-hidden rounded-lg">
        <Poster src={poster} />
      </span>
      <p className="min-w-0 text-sm break-words">
        For all: <b className="font-medium">{title}</b>
        {ends && <span className="text-muted"> until {timeOfDay(ends)}</span>}
      </p>
    </div>
  );
}
