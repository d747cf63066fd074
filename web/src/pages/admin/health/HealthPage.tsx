import { useQuery } from "@tanstack/react-query";
import { CircleAlert, CircleCheck, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { answer, api } from "../../../api/client";
import type { Health } from "../../../api/schema";
import { Badge, Card, Empty, type Tone } from "../../../ui/bits";
import { classes } from "../../../ui/classes";
import { Page } from "../frame/Page";
import { keys } from "../keys";
import { Loaded } from "../parts/Loaded";
import { bytes, when } from "../words";

type State = Health["state"];
type Part = { state: State; since: string | null; advice: string };

const ASKED_MS = 5000;
const LOOKS: Record<State, { tone: Tone; icon: typeof CircleCheck; word: string; colour: string }> = {
  ok: { tone: "good", icon: CircleCheck, word: "well", colour: "text-good" },
  warn: { tone: "warn", icon: TriangleAlert, word: "look at this", colour: "text-warn" },
  down: { tone: "bad", icon: CircleAlert, word: "does not answer", colour: "text-bad" },
};

/** How servers, workers, storage, catalogue and queue are, and what to do where one is not well. */
export default function HealthPage() {
  const health = useQuery({
    queryKey: keys.health,
    queryFn: () => answer(api.GET("/health")),
    refetchInterval: ASKED_MS,
  });
  return (
    <Page title="Health">
      <Loaded query={health} rows={6}>
        {(all) => (
          <div className="grid gap-4 lg:grid-cols-2">
            <Store {...all} />
            <People title="Servers" none="No server has been heard of" parts={all.servers.map(server)} />
            <People
              title="Workers"
              none="No worker: nothing that is uploaded is packaged. Start one with: streamsync worker"
              parts={all.workers.map(worker)}
            />
          </div>
        )}
      </Loaded>
    </Page>
  );
}

type Told = Part & { key: string; name: string; facts: ReactNode };

function server(one: Health["servers"][number]): Told {
  const facts = `${one.channels} channels and ${one.lineups} lineups in memory · late by ${one.lag_ms} ms at most · version ${one.version}`;
  return { ...one, key: one.id, name: `${one.host}, process ${one.pid}`, facts };
}

function worker(one: Health["workers"][number]): Told {
  const facts = one.job ? `packages ${one.job}: ${one.task ?? ""}` : "waits for work";
  return { ...one, key: one.id, name: `${one.host}, process ${one.pid}`, facts };
}

function Store({ storage, catalogue, queue }: Health) {
  const room =
    storage.free_bytes !== null && ` · ${bytes(storage.free_bytes)} free of ${bytes(storage.size_bytes ?? 0)}`;
  const memory = catalogue.memory_bytes !== null && ` · ${bytes(catalogue.memory_bytes)} in memory`;
  const limit = catalogue.memory_limit_bytes ? ` of ${bytes(catalogue.memory_limit_bytes)}` : "";
  return (
    <Card title="Storage" className="lg:col-span-2">
      <ul className="grid gap-4 md:grid-cols-3">
        <PartLine
          name="Objects"
          part={storage}
          facts={
            <>
              {storage.kind}
              {room}
            </>
          }
        />
        <PartLine
          name="Catalogue"
          part={catalogue}
          facts={
            <>
              Redis {catalogue.version}
              {memory}
              {memory && limit}
            </>
          }
        />
        <PartLine
          name="Packaging"
          part={queue}
          facts={`${queue.running ?? 0} tasks running · ${queue.pending ?? 0} waiting · ${queue.failed ?? 0} jobs failed today`}
        />
      </ul>
    </Card>
  );
}

function People({ title, none, parts }: { title: string; none: string; parts: Told[] }) {
  return (
    <Card title={title} actions={<Badge>{parts.length}</Badge>}>
      {parts.length === 0 ? (
        <Empty title={none} />
      ) : (
        <ul className="flex flex-col gap-4">
          {parts.map(({ key, name, facts, ...part }) => (
            <PartLine key={key} name={name} part={part} facts={facts} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function PartLine({ name, part, facts }: { name: string; part: Part; facts: ReactNode }) {
  const { tone, icon: Icon, word, colour } = LOOKS[part.state];
  return (
    <li className="flex min-w-0 gap-3 text-sm">
      <Icon size={20} aria-hidden className={classes("mt-0.5 shrink-0", colour)} />
      <div className="min-w-0 break-words">
        <p className="flex flex-wrap items-center gap-2 font-medium">
          {name}
          <Badge tone={tone}>{word}</Badge>
        </p>
        <p className="text-muted">{facts}</p>
        {part.advice && <p className="mt-1">{part.advice}</p>}
        {part.state !== "ok" && part.since && <p className="text-muted">since {when(part.since)}</p>}
      </div>
    </li>
  );
}
