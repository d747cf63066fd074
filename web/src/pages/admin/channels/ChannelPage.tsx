import { Pencil } from "lucide-react";
import { type ComponentType, type LazyExoticComponent, lazy, Suspense, useState } from "react";
import { useParams } from "wouter";
import { Button } from "../../../ui/Button";
import { Badge, Skeleton } from "../../../ui/bits";
import { Page } from "../frame/Page";
import { Tabs } from "../frame/Tabs";
import { Loaded } from "../parts/Loaded";
import { useServerNow } from "../parts/serverTime";
import { May } from "../session/session";
import { span } from "../words";
import { ChannelActions } from "./ChannelActions";
import { sinceWhen, toneOf } from "./state";
import { type Channel, useAudience, useChannel } from "./stored";
import { TextsDialog } from "./TextsDialog";

type Tab = LazyExoticComponent<ComponentType<{ channel: string }>>;

const TABS: Record<string, { title: string; Tab: Tab }> = {
  programming: { title: "Programming", Tab: lazy(() => import("./ProgrammingTab")) },
  moments: { title: "Moments", Tab: lazy(() => import("./MomentsTab")) },
  cohorts: { title: "Cohorts", Tab: lazy(() => import("./CohortsTab")) },
  viewers: { title: "Viewers", Tab: lazy(() => import("./ViewersTab")) },
  access: { title: "Access", Tab: lazy(() => import("./AccessTab")) },
  history: { title: "History", Tab: lazy(() => import("./HistoryTab")) },
};

export default function ChannelPage() {
  const { channel = "", tab = "programming" } = useParams<{ channel: string; tab?: string }>();
  const stored = useChannel(channel);
  const shown = TABS[tab] ?? TABS["programming"];
  return (
    <Page title={stored.data?.title || channel} from={{ path: "/channels", title: "Channels" }}>
      <Loaded query={stored} rows={1}>
        {(view) => <Head channel={view} />}
      </Loaded>
      {stored.data && (
        <>
          <Tabs
            label="Parts of the channel"
            tabs={Object.entries(TABS).map(([name, { title }]) => ({ path: `/channels/${channel}/${name}`, title }))}
            at={`/channels/${channel}/${tab in TABS ? tab : "programming"}`}
          />
          <Suspense fallback={<Skeleton className="h-64" />}>
            {shown && <shown.Tab key={channel} channel={channel} />}
          </Suspense>
        </>
      )}
    </Page>
  );
}

/** How the channel is, and what can be done with it. */
function Head({ channel }: { channel: Channel }) {
  const now = useServerNow();
  const viewers = useAudience()(channel.name);
  const [editing, setEditing] = useState(false);
  const { name, title, description, state, timeshift_s: timeshift } = channel;
  return (
    <section className="flex flex-wrap items-start justify-between gap-4 rounded-card border border-line bg-card p-4">
      <div className="flex min-w-0 grow basis-72 flex-col gap-2 text-sm">
        <p className="flex flex-wrap items-center gap-2">
          <Badge tone={toneOf(channel)}>{state}</Badge>
          <span className="tabular-nums">{sinceWhen(channel, now)}</span>
        </p>
        {description && <p className="max-w-prose break-words whitespace-pre-wrap">{description}</p>}
        <p className="text-muted">
          {title && <>{name} · </>}
          {timeshift > 0 ? `Viewers may go back ${span(timeshift)}` : "Viewers cannot go back"}
          {viewers !== null && state === "on air" && ` · ${viewers} watching`}
        </p>
      </div>
      <div className="flex flex-wrap gap-2">
        <ChannelActions channel={channel} viewers={viewers} />
        <May as="editor">
          <Button onClick={() => setEditing(true)}>
            <Pencil size={16} aria-hidden />
            Edit texts
          </Button>
        </May>
      </div>
      {editing && <TextsDialog channel={channel} onClose={() => setEditing(false)} />}
    </section>
  );
}
