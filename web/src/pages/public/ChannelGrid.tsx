import { Tv } from "lucide-react";
import { Button } from "../../ui/Button";
import { Empty } from "../../ui/bits";
import { ErrorNote } from "../../ui/ErrorNote";
import { ChannelCard, ChannelSkeleton } from "./ChannelCard";
import type { Listed } from "./channels";
import type { Asked } from "./useAsked";

const GRID = "grid grid-cols-[repeat(auto-fill,minmax(min(17rem,100%),1fr))] gap-4";

/** All channels that anybody may watch; skeletons until they are known. */
export function ChannelGrid({ asked: { found, refused, again } }: { asked: Asked<Listed> }) {
  if (found === null && refused !== null)
    return (
      <ErrorNote
        error={`What is on cannot be told: ${refused.message}. This page tries again by itself.`}
        action={<Button onClick={again}>Try now</Button>}
      />
    );
  if (found === null)
    return (
      <div aria-busy className={GRID}>
        <p className="sr-only">Looking for what is on.</p>
        <ChannelSkeleton />
        <ChannelSkeleton />
        <ChannelSkeleton />
      </div>
    );
  if (found.channels.length === 0)
    return (
      <Empty title="There is no channel to watch yet">
        <Tv size={32} strokeWidth={1.5} className="mx-auto mb-3" aria-hidden />
        <p>As soon as one is made in the admin pages it appears here by itself.</p>
      </Empty>
    );
  return (
    <ul className={GRID}>
      {found.channels.map((channel) => (
        <li key={channel.name} className="flex flex-col *:grow">
          <ChannelCard channel={channel} now={found.now} />
        </li>
      ))}
    </ul>
  );
}
