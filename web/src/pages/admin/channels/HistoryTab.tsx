import { useInfiniteQuery } from "@tanstack/react-query";
import { Undo2 } from "lucide-react";
import { useState } from "react";
import { answer, api } from "../../../api/client";
import type { AuditLine } from "../../../api/schema";
import { Button } from "../../../ui/Button";
import { Card, Empty } from "../../../ui/bits";
import { Loaded } from "../parts/Loaded";
import { May } from "../session/session";
import { when } from "../words";
import { sent } from "./deeds";
import { canUndo, changeText } from "./history";
import { Review } from "./Review";

type Line = Pick<AuditLine, "id" | "who" | "verb" | "why" | "kind" | "name" | "what" | "text" | "at" | "changed">;

/** What was changed on a channel, the newest first; what can be is taken back. */
export default function HistoryTab({ channel }: { channel: string }) {
  const trail = useInfiniteQuery({
    queryKey: ["channel", "audit", channel],
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
        {({ pages }) => <Trail lines={pages.flatMap((page) => page.entries)} onUndo={setUndoing} />}
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

function Trail({ lines, onUndo }: { lines: readonly Line[]; onUndo: (line: Line) => void }) {
  if (lines.length === 0) return <Empty title="Nothing has been changed yet" />;
  return (
    <ul className="divide-y divide-line" aria-label="Changes">
      {lines.map((line) => (
        <li key={line.id} className="grid items-start gap-x-4 gap-y-1 py-3 text-sm sm:grid-cols-[13rem_1fr_auto]">
          <time dateTime={line.at} className="text-muted">
            {when(line.at)}
          </time>
          <div className="min-w-0 break-words">
            <p>
              <b className="font-medium">{line.who}</b>: {changeText(line)}
            </p>
            <p className="text-muted">
              {line.verb.replaceAll("_", " ")}: {line.text}
            </p>
            {line.why && <p>“{line.why}”</p>}
          </div>
          {canUndo(line) && (
            <May as="editor">
              <Button
                className="justify-self-start"
                aria-label={`Undo: ${changeText(line)}`}
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
        {changeText(line)}, by {line.who}, {when(line.at)}. What viewers have seen stays.
      </p>
    </Review>
  );
}
