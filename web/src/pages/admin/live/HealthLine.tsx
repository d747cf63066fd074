import { useQuery } from "@tanstack/react-query";
import { CircleAlert, CircleCheck, TriangleAlert } from "lucide-react";
import { Link } from "wouter";
import { answer, api } from "../../../api/client";
import type { Health } from "../../../api/schema";
import { Skeleton } from "../../../ui/bits";
import { classes } from "../../../ui/classes";
import { keys } from "../keys";

const ASKED_MS = 15_000;
const LOOKS = {
  ok: { icon: CircleCheck, colour: "text-good" },
  warn: { icon: TriangleAlert, colour: "text-warn" },
  down: { icon: CircleAlert, colour: "text-bad" },
};

/** Whether all is well, in a line. */
export function HealthLine() {
  const { data, error } = useQuery({
    queryKey: keys.health,
    queryFn: () => answer(api.GET("/health")),
    refetchInterval: ASKED_MS,
  });
  if (data === undefined && error === null) return <Skeleton className="h-10" />;
  const { icon: Icon, colour } = LOOKS[data?.state ?? "down"];
  return (
    <Link
      href="/health"
      className="flex min-h-10 items-center gap-2 rounded-lg border border-line bg-card px-4 py-2 text-sm hover:bg-raised"
    >
      <Icon size={18} aria-hidden className={classes("shrink-0", colour)} />
      <span className="min-w-0 grow">
        {data === undefined ? `How things are is not known: ${error?.message}` : told(data)}
      </span>
      <span className="text-accent">Health</span>
    </Link>
  );
}

/** What is worst, or that all is well. */
function told(health: Health): string {
  const parts = [
    { what: "Catalogue", ...health.catalogue },
    { what: "Storage", ...health.storage },
    { what: "Packaging", ...health.queue },
    ...health.servers.map((one) => ({ what: `Server on ${one.host}`, ...one })),
    ...health.workers.map((one) => ({ what: `Worker on ${one.host}`, ...one })),
  ];
  const worst = parts.find(({ state }) => state === "down") ?? parts.find(({ state }) => state === "warn");
  if (worst !== undefined) return `${worst.what}: ${worst.advice || "something is not well"}`;
  const count = (many: number, what: string) => `${many} ${what}${many === 1 ? "" : "s"}`;
  return `All is well: ${count(health.servers.length, "server")}, ${count(health.workers.length, "worker")}`;
}
