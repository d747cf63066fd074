import { Pause, Play, X } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { api, Refused } from "../../../api/client";
import { Button, IconButton } from "../../../ui/Button";
import { Badge, Progress, type Tone } from "../../../ui/bits";
import { Confirm } from "../../../ui/Dialog";
import { bytes, span } from "../words";
import { useJobs } from "./jobs";
import * as memory from "./upload/memory";
import { type Item, isUnderWay, queue } from "./upload/queue";

const WORDS: Record<Item["state"], { word: string; tone: Tone }> = {
  queued: { word: "waits", tone: "plain" },
  reading: { word: "reading", tone: "accent" },
  sending: { word: "sending", tone: "accent" },
  finishing: { word: "finishing", tone: "accent" },
  paused: { word: "paused", tone: "plain" },
  failed: { word: "failed", tone: "bad" },
  done: { word: "uploaded", tone: "good" },
};

/** One file on its way. */
export function UploadRow({ item }: { item: Item }) {
  const { word, tone } = WORDS[item.state];
  return (
    <li className="flex items-center gap-3 py-3 first:pt-0 last:pb-0">
      <div className="flex min-w-0 grow flex-col gap-1.5">
        <div className="flex items-center gap-2">
          <span className="min-w-0 truncate text-sm font-medium" title={item.name}>
            {item.name}
          </span>
          <Badge tone={item.waiting ? "warn" : tone}>{item.waiting ? "waits" : word}</Badge>
        </div>
        {item.state !== "failed" && item.state !== "done" && (
          <Progress label={`Upload of ${item.name}`} done={item.size > 0 ? item.sent / item.size : 0} />
        )}
        <p className="min-h-5 text-sm break-words text-muted tabular-nums">
          <About item={item} />
        </p>
      </div>
      <UploadButtons item={item} />
    </li>
  );
}

function About({ item }: { item: Item }) {
  if (item.error !== null) return item.error;
  if (item.waiting !== null) return item.waiting;
  if (item.outcome?.asset) {
    return (
      <>
        This file is an asset already:{" "}
        <Link href={`/assets/${item.outcome.asset}`} className="font-medium text-accent underline">
          look at it
        </Link>
      </>
    );
  }
  if (item.outcome?.job) return <Packaged job={item.outcome.job} size={item.size} />;
  const parts = [`${bytes(item.sent)} of ${bytes(item.size)}`];
  if (item.perS !== null && item.perS > 0) {
    parts.push(`${bytes(item.perS)}/s`, `${span((item.size - item.sent) / item.perS)} left`);
  }
  return parts.join(" · ");
}

/** What has become of an upload: a job has the id of the asset that it makes. */
function Packaged({ job, size }: { job: string; size: number }) {
  const state = useJobs().data?.find(({ id }) => id === job)?.state;
  if (state === "failed") return "Packaging has failed: see below.";
  if (state === "cancelled") return "Packaging was stopped.";
  if (state !== "done") return `${bytes(size)} · it is packaged now, and becomes an asset`;
  return (
    <>
      It is an asset:{" "}
      <Link href={`/assets/${job}`} className="font-medium text-accent underline">
        look at it
      </Link>
    </>
  );
}

function UploadButtons({ item }: { item: Item }) {
  const [asking, setAsking] = useState(false);
  const begun = item.state !== "done" && item.upload !== null;
  return (
    <div className="flex shrink-0 items-center">
      {isUnderWay(item.state) && item.state !== "finishing" && (
        <IconButton label={`Pause ${item.name}`} onClick={() => queue.pause(item.key)}>
          <Pause size={18} aria-hidden />
        </IconButton>
      )}
      {item.state === "paused" && (
        <IconButton label={`Go on with ${item.name}`} onClick={() => queue.resume(item.key)}>
          <Play size={18} aria-hidden />
        </IconButton>
      )}
      {item.state === "failed" && queue.hasFile(item.key) && (
        <Button onClick={() => queue.resume(item.key)}>Try again</Button>
      )}
      <IconButton
        label={begun ? `Cancel ${item.name}` : `Take ${item.name} off the list`}
        onClick={() => (begun ? setAsking(true) : queue.drop(item.key))}
      >
        <X size={18} aria-hidden />
      </IconButton>
      {asking && (
        <Confirm
          title={`Cancel the upload of ${item.name}?`}
          verb="Cancel the upload"
          danger
          onConfirm={async () => {
            queue.pause(item.key);
            if (item.upload !== null) await removeUpload(item.upload);
            queue.drop(item.key);
          }}
          onClose={() => setAsking(false)}
        >
          {bytes(item.sent)} were sent; they are removed from the server. To go on later, pause it instead.
        </Confirm>
      )}
    </div>
  );
}

/** Remove what was sent of an upload, here and on the server. */
export async function removeUpload(upload: string): Promise<void> {
  try {
    await api.DELETE("/uploads/{upload}", { params: { path: { upload } } });
  } catch (error) {
    if (!(error instanceof Refused && error.status === 404)) throw error;
  }
  memory.forget(upload);
}
