import { Link } from "wouter";
import { Badge, Card, Progress } from "../../../ui/bits";
import { isActive, useJobs, useNewAssets } from "../assets/jobs";
import { Loaded } from "../parts/Loaded";
import { span } from "../words";

const SHOWN = 6;

/** What is being packaged. */
export function Underway() {
  const jobs = useJobs();
  useNewAssets(jobs.data);
  return (
    <Card
      title="Packaging"
      actions={
        <Link href="/assets" className="inline-flex min-h-10 items-center rounded-lg px-2 text-sm text-accent">
          All jobs
        </Link>
      }
    >
      <Loaded query={jobs}>
        {(all) => {
          const active = all.filter(isActive);
          if (active.length === 0) return <p className="text-sm text-muted">Nothing is being packaged.</p>;
          return (
            <ul className="flex flex-col gap-4">
              {active.slice(0, SHOWN).map(({ id, title, state, done, remaining_s }) => (
                <li key={id} className="flex flex-col gap-1.5 text-sm">
                  <p className="flex items-center gap-2">
                    <span className="min-w-0 grow truncate font-medium">{title}</span>
                    <Badge>{state === "queued" ? "waits" : `${Math.floor(done * 100)} %`}</Badge>
                    {remaining_s !== null && <span className="text-muted">{span(remaining_s)} left</span>}
                  </p>
                  <Progress label={`Packaging of ${title}`} done={done} />
                </li>
              ))}
              {active.length > SHOWN && <li className="text-sm text-muted">and {active.length - SHOWN} more</li>}
            </ul>
          );
        }}
      </Loaded>
    </Card>
  );
}
