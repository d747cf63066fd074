import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { answer, api } from "../../../api/client";
import type { ChannelLine, ChannelPage, EditedView, EditsView, Effects, NewOrder } from "../../../api/schema";
import type { Span } from "./day/geometry";

/** Whose lineup a change is of. */
export type Whose = { channel: string; viewer: string };

const PAGE = 100; // of channels
const MOST = 1000; // entries of one answer

/** The channels there are. */
export function useChannels() {
  return useQuery({ queryKey: ["channel", "names", "all"], queryFn: channels });
}

async function channels(): Promise<ChannelLine[]> {
  const found: ChannelLine[] = [];
  let after: string | null = null;
  do {
    const query: { limit: number; after?: string } = { limit: PAGE, ...(after !== null && { after }) };
    const page: ChannelPage = await answer(api.GET("/channels", { params: { query } }));
    found.push(...page.channels);
    after = page.next ?? null;
  } while (after !== null && found.length < MOST);
  return found;
}

/** What a viewer sees around what is shown: the same question while one moves on a little. */
export function useDay({ channel, viewer }: Whose, span: Span) {
  const step = (span.untilMs - span.fromMs) / 2;
  const fromMs = Math.floor(span.fromMs / step) * step;
  const untilMs = fromMs + 3 * step;
  return useQuery({
    queryKey: ["channel", "day", channel, viewer, fromMs, untilMs],
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
    queryKey: ["channel", "edits", whose.channel, all ? null : whose.viewer],
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
