import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { answer, api } from "../../../api/client";
import type { JobAnswer } from "../../../api/schema";
import { linkState } from "../events";
import { keys } from "../keys";

export type Job = JobAnswer;

const SHOWN = 50;
const POLLED_MS = 2000;
const IDLE_MS = 15_000;
const HIDDEN = "streamsync-hidden-jobs";

export function isActive({ state }: Job): boolean {
  return state === "queued" || state === "running";
}

/** The newest jobs, as they go on. */
export function useJobs() {
  return useQuery({
    queryKey: keys.job.list,
    queryFn: () => answer(api.GET("/jobs", { params: { query: { count: SHOWN } } })),
    refetchInterval: ({ state }) => {
      if (linkState() === "live") return false;
      return state.data?.some(isActive) ? POLLED_MS : IDLE_MS;
    },
  });
}

/** Have assets asked for anew when a job has become one, as no events may come. */
export function useNewAssets(jobs: readonly Job[] | undefined): void {
  const queries = useQueryClient();
  const before = useRef<number | null>(null);
  const ended = jobs?.filter(({ state }) => state === "done").length ?? null;
  useEffect(() => {
    if (before.current !== null && ended !== null && ended > before.current) {
      void queries.invalidateQueries({ queryKey: keys.asset.all });
    }
    before.current = ended;
  }, [ended, queries]);
}

/** Jobs that failed stay in the list, so one may put them out of sight in this browser. */
export function useHidden() {
  const [hidden, setHidden] = useState<readonly string[]>(load);
  const hide = (job: string) => {
    const next = [job, ...hidden].slice(0, 200);
    setHidden(next);
    try {
      localStorage.setItem(HIDDEN, JSON.stringify(next));
    } catch {
      // It holds for this visit.
    }
  };
  return { hidden, hide };
}

function load(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(HIDDEN) ?? "[]");
    return Array.isArray(kept) ? kept.filter((one) => typeof one === "string") : [];
  } catch {
    return [];
  }
}

export async function changeJob(queries: QueryClient, job: string, verb: "cancel" | "retry"): Promise<void> {
  const params = { path: { job } };
  await (verb === "cancel" ? api.POST("/jobs/{job}/cancel", { params }) : api.POST("/jobs/{job}/retry", { params }));
  await queries.invalidateQueries({ queryKey: keys.job.all });
}

/** What to do about a job that failed, by what it failed of. */
export function remedy(reason: string): string {
  if (/not a video|no video/i.test(reason)) return "Choose another file: this one has no video that can be read.";
  if (/damaged in transit/i.test(reason)) return "Upload the same file again.";
  if (/cannot be (read|decoded)|encoding failed|BadSource/i.test(reason)) {
    return "The file is damaged or unusual: export it anew, as MP4 for example, and upload that.";
  }
  return "Try again; if it fails once more, look at the workers under Health.";
}
