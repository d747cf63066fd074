import { type ComponentType, type LazyExoticComponent, lazy, Suspense } from "react";
import { useParams } from "wouter";
import { Skeleton } from "../../../ui/bits";
import { Page } from "../frame/Page";
import { Tabs } from "../frame/Tabs";

type Tab = LazyExoticComponent<ComponentType<{ channel: string }>>;

const TABS: Record<string, { title: string; Tab: Tab }> = {
  programming: { title: "Programming", Tab: lazy(() => import("./ProgrammingTab")) },
  moments: { title: "Moments", Tab: lazy(() => import("./MomentsTab")) },
  cohorts: { title: "Cohorts", Tab: lazy(() => import("./CohortsTab")) },
  viewers: { title: "Viewers", Tab: lazy(() => import("./ViewersTab")) },
  access: { title: "Access", Tab: lazy(() => import("./AccessTab")) },
};

export default function ChannelPage() {
  const { channel = "", tab = "programming" } = useParams<{ channel: string; tab?: string }>();
  const shown = TABS[tab] ?? TABS["programming"];
  return (
    <Page title={channel} from={{ path: "/channels", title: "Channels" }}>
      <Tabs
        label="Parts of the channel"
        tabs={Object.entries(TABS).map(([name, { title }]) => ({ path: `/channels/${channel}/${name}`, title }))}
        at={`/channels/${channel}/${tab in TABS ? tab : "programming"}`}
      />
      <Suspense fallback={<Skeleton className="h-64" />}>{shown && <shown.Tab channel={channel} />}</Suspense>
    </Page>
  );
}
