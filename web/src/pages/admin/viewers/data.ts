import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { answer, api } from "../../../api/client";
import type { EditedView, EditsView, Effects, NewOrder } from "../../../api/schema";
import { keys } from "../keys";
import type { Span } from "./day/geometry";

/** Whose lineup a change is of. */
export type Whose = { channel: string; viewer: string };

const MOST = 1000; // entries of one answer

/** What a viewer sees around what is shown: the same question while one moves on a little. */
export function useDay({ channel, viewer }: Whose, span: Span) {
  const step = (span.untilMs - span.fromMs) / 2;
  const fromMs = Math.floor(span.fromMs / step) * step;
  const untilMs = fromMs + 3 * step;
  return useQuery({
    queryKey: keys.channel.day(channel, viewer, fromMs, untilMs),
    queryFn: () => {
      const query = { from: iso(fromMs), until: iso(untilMs), limit: MOST };
      return answer(
        api.GET("/channels/{channel}/viewers/{viewer}/epg", { params: { path: { channel, viewer }, query } }),
      );
    },
    placeholderData: keepPreviousData,
  });
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}

/** The edits of a viewer's lineup, or of everybody's. */
export function useEdits(whose: Whose, all: boolean) {
  return useQuery({
    queryKey: keys.channel.edits(whose.channel, all ? null : whose.viewer),
    queryFn: () => edits(whose, all),
  });
}

export function edits({ channel, viewer }: Whose, all: boolean): Promise<EditsView> {
  return all
    ? answer(api.GET("/channels/{channel}/edits", { params: { path: { channel } } }))
    : answer(api.GET("/channels/{channel}/viewers/{viewer}/edits", { params: { path: { channel, viewer } } }));
}

type Sent = { whose: Whose; all: boolean; body: NewOrder; version: number; dryRun: boolean };

async function sent({ whose: { channel, viewer }, all, body, version, dryRun }: Sent): Promise<EditedView | Effects> {
  const header = { "if-match": `"${version}"` };
  const query = dryRun ? { dry_run: true, sample: [viewer], clips: 8 } : {};
  if (all) {
    const { clips = [], drop, notice_s } = body;
    const params = { path: { channel }, query, header };
    return answer(api.POST("/channels/{channel}/edits", { params, body: { clips, drop, notice_s } }));
  }
  const params = { path: { channel, viewer }, query, header };
  return answer(api.POST("/channels/{channel}/viewers/{viewer}/edits", { params, body }));
}

/** What an edit would do; nothing is stored. */
export async function tried(asked: Omit<Sent, "dryRun">): Promise<Effects> {
  return (await sent({ ...asked, dryRun: true })) as Effects;
}

export async function made(asked: Omit<Sent, "dryRun">): Promise<EditedView> {
  return (await sent({ ...asked, dryRun: false })) as EditedView;
}

/** Take an edit back. */
export async function undone({ channel, viewer }: Whose, all: boolean, edit: string): Promise<void> {
  if (all) await api.DELETE("/channels/{channel}/edits/{edit}", { params: { path: { channel, edit } } });
  else {
    const path = { channel, viewer, edit };
    await api.DELETE("/channels/{channel}/viewers/{viewer}/edits/{edit}", { params: { path } });
  }
}
