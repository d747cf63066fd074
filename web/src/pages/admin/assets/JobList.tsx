import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { Link } from "wouter";
import { Button } from "../../../ui/Button";
import { Badge, Card, Progress } from "../../../ui/bits";
import { Confirm } from "../../../ui/Dialog";
import { ErrorNote } from "../../../ui/ErrorNote";
import { useAttempt } from "../../../ui/useAttempt";
import { May } from "../session/session";
import { span } from "../words";
import { changeJob, isActive, type Job, remedy, useHidden, useJobs, useNewAssets } from "./jobs";

/** What is being packaged, and what became of it; what was done before one came is not shown. */
export function JobList() {
  const jobs = useJobs();
  useNewAssets(jobs.data);
  const { hidden, hide } = useHidden();
  const seen = useSeen(jobs.data);
  const shown = (jobs.data ?? []).filter(
    (job) => isActive(job) || ((job.state !== "done" || seen.has(job.id)) && !hidden.includes(job.id)),
  );
  if (shown.length === 0) return null;
  return (
    <Card title="Packaging">
      <ul className="flex flex-col divide-y divide-line">
        {shown.map((job) => (
          <JobRow key={job.id} job={job} onHide={() => hide(job.id)} />
        ))}
      </ul>
    </Card>
  );
}

function JobRow({ job, onHide }: { job: Job; onHide: () => void }) {
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 py-3 first:pt-0 last:pb-0">
      <div className="flex min-w-0 grow basis-64 flex-col gap-1.5">
        <div className="flex items-center gap-2">
          <span className="min-w-0 truncate text-sm font-medium" title={job.title}>
            {job.title}
          </span>
          <JobBadge job={job} />
        </div>
        {isActive(job) && (
          <Progress label={`Packaging of ${job.title}`} done={job.state === "queued" ? 0 : job.done} />
        )}
        <p className="text-sm break-words text-muted">
          {job.state === "done" ? (
            <Link href={`/assets/${job.id}`} className="font-medium text-accent underline">
              It is an asset: look at it
            </Link>
          ) : (
            about(job)
          )}
        </p>
      </div>
      <May as="editor">
        <JobButtons job={job} onHide={onHide} />
      </May>
    </li>
  );
}

/** The jobs that were under way since the page was opened: so none vanishes from under the pointer. */
function useSeen(jobs: readonly Job[] | undefined): ReadonlySet<string> {
  const seen = useRef(new Set<string>());
  useEffect(() => {
    for (const job of jobs ?? []) if (isActive(job)) seen.current.add(job.id);
  }, [jobs]);
  return seen.current;
}

function JobBadge({ job: { state, done } }: { job: Job }) {
  if (state === "done") return <Badge tone="good">done</Badge>;
  if (state === "running") return <Badge tone="accent">{Math.floor(done * 100)} %</Badge>;
  if (state === "failed") return <Badge tone="bad">failed</Badge>;
  return <Badge>{state === "queued" ? "waits for a worker" : state}</Badge>;
}

function about({ state, reason, speed, elapsed_s, remaining_s }: Job): string {
  if (state === "failed") return `${reason || "It failed"}. ${remedy(reason)}`;
  if (state === "cancelled") return "It was stopped. Its file is kept for some days.";
  if (state === "queued") return "It begins when a worker is free.";
  const parts = [`for ${span(elapsed_s)}`];
  if (speed !== null) parts.push(`${speed.toFixed(1)} × real time`);
  if (remaining_s !== null) parts.push(`about ${span(remaining_s)} left`);
  return parts.join(" · ");
}

function JobButtons({ job, onHide }: { job: Job; onHide: () => void }) {
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const { busy, error, attempt } = useAttempt();
  if (isActive(job)) {
    return (
      <>
        <Button onClick={() => setAsking(true)}>Stop</Button>
        {asking && (
          <Confirm
            title={`Stop packaging ${job.title}?`}
            verb="Stop packaging"
            onConfirm={() => changeJob(queries, job.id, "cancel")}
            onClose={() => setAsking(false)}
          >
            What is done so far is lost. The uploaded file is kept for some days, so it can be tried again.
          </Confirm>
        )}
      </>
    );
  }
  return (
    <div className="flex flex-wrap gap-2">
      {error !== null && <ErrorNote error={error} />}
      {job.state !== "done" && (
        <Button busy={busy} onClick={() => attempt(() => changeJob(queries, job.id, "retry"))}>
          Try again
        </Button>
      )}
      <Button look="quiet" onClick={onHide}>
        Hide
      </Button>
    </div>
  );
}
