import { ExternalLink, Play, Square } from "lucide-react";
import { useState } from "react";
import { Button } from "../../../ui/Button";
import { May } from "../session/session";
import { StartDialog } from "./StartDialog";
import { StopDialog } from "./StopDialog";
import { canStart, canStop, type Stated } from "./state";

export type Acted = Stated & { name: string; version: number };

/** Start, stop, and see what viewers see. */
export function ChannelActions({ channel, viewers }: { channel: Acted; viewers: number | null }) {
  const [asking, setAsking] = useState<"start" | "stop" | null>(null);
  const close = () => setAsking(null);
  return (
    <div className="flex flex-wrap items-center gap-2">
      <May as="editor">
        {canStart(channel) && (
          <Button look="primary" onClick={() => setAsking("start")}>
            <Play size={16} aria-hidden />
            Start
          </Button>
        )}
        {canStop(channel) && (
          <Button onClick={() => setAsking("stop")}>
            <Square size={16} aria-hidden />
            {channel.state === "to begin" ? "Do not begin" : "Stop"}
          </Button>
        )}
      </May>
      <a
        href={`/watch/${channel.name}`}
        target="_blank"
        rel="noreferrer"
        className="inline-flex min-h-10 items-center gap-2 rounded-lg px-3 text-sm font-medium text-accent hover:bg-raised"
      >
        <ExternalLink size={16} aria-hidden />
        Watch page
      </a>
      {asking === "start" && <StartDialog channel={channel} onClose={close} />}
      {asking === "stop" && <StopDialog channel={channel} viewers={viewers} onClose={close} />}
    </div>
  );
}
