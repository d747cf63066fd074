import type { PublicChannel } from "../../api/schema";
import { Badge, Progress, Skeleton, type Tone } from "../../ui/bits";
import { instant, share, timeOfDay } from "../../ui/words";
import { type ServerNow, useSeconds } from "./clock";
import { Picture } from "./Picture";

const TONES: Record<PublicChannel["state"], Tone> = {
  "on air": "good",
  "to begin": "accent",
  "not started": "plain",
  stopped: "plain",
};

/** What is on, in a sentence. */
function Playing({ channel, now }: { channel: PublicChannel; now: ServerNow }) {
  const nowMs = useSeconds(now);
  if (channel.state === "to begin" && channel.on_air_from) return <p>Begins {instant(channel.on_air_from)}</p>;
  if (channel.state === "stopped") return <p>It has ended.</p>;
  if (channel.state === "not started") return <p>It is not on air yet.</p>;
  if (channel.now === null) return <p>Everybody sees a programme of their own.</p>;
  return (
    <>
      <p className="truncate">
        <span className="sr-only">Now: </span>
        {channel.now.title}
        <span className="text-muted"> · until {timeOfDay(channel.now.ends)}</span>
      </p>
      <Progress label={`How far ${channel.now.title} is`} done={share(nowMs, channel.now.starts, channel.now.ends)} />
    </>
  );
}

/** A channel, and the way to it. */
export function ChannelCard({ channel, now }: { channel: PublicChannel; now: ServerNow }) {
  return (
    <a
      href={`/watch/${encodeURIComponent(channel.name)}`}
      className="group flex flex-col overflow-hidden rounded-card border border-line bg-card transition-colors hover:border-accent"
    >
      <Picture url={channel.poster} className="rounded-none" />
      <div className="flex grow flex-col gap-2 p-4">
        <div className="flex items-start justify-between gap-3">
          <h3 className="min-w-0 font-semibold break-words group-hover:text-accent">
            {channel.title || channel.name}
          </h3>
          <Badge tone={TONES[channel.state]}>
            <span className="whitespace-nowrap">{channel.state}</span>
          </Badge>
        </div>
        {channel.description && <p className="line-clamp-2 text-sm text-muted">{channel.description}</p>}
        <div className="mt-auto flex min-h-9 flex-col justify-end gap-2 text-sm">
          <Playing channel={channel} now={now} />
        </div>
      </div>
    </a>
  );
}

/** Where a channel is going to be. */
export function ChannelSkeleton() {
  return (
    <div className="overflow-hidden rounded-card border border-line bg-card">
      <Skeleton className="aspect-video rounded-none!" />
      <div className="flex flex-col gap-2 p-4">
        <Skeleton className="h-6 w-1/2" />
        <div className="flex min-h-9 flex-col justify-end gap-2">
          <Skeleton className="h-4 w-3/4" />
        </div>
      </div>
    </div>
  );
}
