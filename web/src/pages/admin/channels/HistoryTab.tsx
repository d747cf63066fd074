import { useInfiniteQuery } from "@tanstack/react-query";
import { Undo2 } from "lucide-react";
import { useState } from "react";
import { answer, api } from "../../../api/client";
import type { AuditLine } from "../../../api/schema";
import { Button } from "../../../ui/Button";
import { Card, Empty } from "../../../ui/bits";
import { keys } from "../keys";
import { Loaded } from "../parts/Loaded";
import { TrailText } from "../parts/TrailText";
import { canUndo, deedText, whoText } from "../parts/trail";
import { May } from "../session/session";
import { when } from "../words";
import { sent } from "./deeds";
import { Review } from "./Review";

type Line = Pick<AuditLine, "id" | "who" | "verb" | "why" | "kind" | "name" | "what" | "text" | "at" | "changed">;

/** What was changed on a channel, the newest first; what can be is taken back. */
export default function HistoryTab({ channel }: { channel: string }) {
  const trail = useInfiniteQuery({
    queryKey: keys.channel.trail(channel),
    queryFn: ({ pageParam }) => {
      const query = { limit: 50, ...(pageParam && { after: pageParam }) };
      return answer(api.GET("/channels/{channel}/audit", { params: { path: { channel }, query } }));
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const [undoing, setUndoing] = useState<Line | null>(null);
  return (
    <Card title="History">
      <Loaded query={trail} rows={6}>
        {({ pages }) => <Trail channel={channel} lines={pages.flatMap((page) => page.entries)} onUndo={setUndoing} />}
      </Loaded>
      {trail.hasNextPage && (
        <Button className="mt-4 w-full" busy={trail.isFetchingNextPage} onClick={() => trail.fetchNextPage()}>
          Show older
        </Button>
      )}
      {undoing && <Undo channel={channel} line={undoing} onClose={() => setUndoing(null)} />}
    </Card>
  );
}

type TrailProps = { channel: string; lines: readonly Line[]; onUndo: (line: Line) => void };

function Trail({ channel, lines, onUndo }: TrailProps) {
  if (lines.length === 0) return <Empty title="Nothing has been changed yet" />;
  return (
    <ul className="divide-y divide-line" aria-label="Changes">
      {lines.map((line) => (
        <li key={line.id} className="grid items-start gap-x-4 gap-y-1 py-3 text-sm sm:grid-cols-[13rem_1fr_auto]">
          <time dateTime={line.at} className="text-muted">
            {when(line.at)}
          </time>
          <TrailText line={line} channel={channel} />
          {canUndo(line) && (
            <May as="editor">
              <Button
                className="justify-self-start"
                aria-label={`Undo: ${deedText(line, channel)}`}
                onClick={() => onUndo(line)}
              >
                <Undo2 size={16} aria-hidden />
                Undo
              </Button>
            </May>
          )}
        </li>
      ))}
    </ul>
  );
}

function Undo({ channel, line, onClose }: { channel: string; line: Line; onClose: () => void }) {
  return (
    <Review
      title="Undo this?"
      verb="Undo it"
      channel={channel}
      version={null}
      change={(how) =>
        answer(api.POST("/channels/{channel}/undo", { params: sent(channel, how), body: { entry: line.id } }))
      }
      canUndo={line.kind === "channel"}
      said="It is undone."
      onClose={onClose}
    >
      <p className="break-words">
        {whoText(line.who)} {deedText(line, channel)}, {when(line.at)}. What viewers have seen stays.
      </p>
    </Review>
  );
}
