import { useQueries } from "@tanstack/react-query";
import { Link } from "wouter";
import { answer, api } from "../../../api/client";
import type { AuditLine, ChannelLine } from "../../../api/schema";
import { Card, Skeleton } from "../../../ui/bits";
import { ErrorNote } from "../../../ui/ErrorNote";
import { keys } from "../keys";
import { deedText, whoText } from "../parts/trail";
import { when } from "../words";

const CHANNELS = 8;
const EACH = 6;
const SHOWN = 8;

type Change = AuditLine & { channel: string };

/** What people changed last, of all channels together. */
export function LastChanges({ channels }: { channels: ChannelLine[] }) {
  const trails = useQueries({
    queries: channels.slice(0, CHANNELS).map(({ name: channel }) => ({
      queryKey: keys.channel.lastOfTrail(channel),
      queryFn: () =>
        answer(api.GET("/channels/{channel}/audit", { params: { path: { channel }, query: { limit: EACH } } })),
    })),
    combine: (all) => ({
      error: all.find(({ error }) => error !== null)?.error ?? null,
      pending: all.some(({ isPending }) => isPending),
      changes: all.flatMap(({ data }, at) =>
        (data?.entries ?? []).map((entry): Change => ({ ...entry, channel: channels[at]?.name ?? "" })),
      ),
    }),
  });
  const changes = [...trails.changes].sort((one, other) => Date.parse(other.at) - Date.parse(one.at)).slice(0, SHOWN);
  return (
    <Card title="What happened last">
      {trails.error !== null && <ErrorNote error={trails.error} />}
      {trails.pending && changes.length === 0 && <Skeleton className="h-40" />}
      {!trails.pending && changes.length === 0 && <p className="text-sm text-muted">Nothing was changed yet.</p>}
      <ul className="flex flex-col divide-y divide-line">
        {changes.map(({ channel, ...line }) => (
          <li key={`${channel} ${line.id}`} className="py-2 text-sm break-words first:pt-0 last:pb-0">
            <p>
              <b className="font-medium">{whoText(line.who)}</b> {deedText(line, channel)}
            </p>
            <p className="text-muted">
              {when(line.at)} ·{" "}
              <Link href={`/channels/${channel}/history`} className="underline-offset-2 hover:underline">
                history of {channel}
              </Link>
            </p>
          </li>
        ))}
      </ul>
    </Card>
  );
}
