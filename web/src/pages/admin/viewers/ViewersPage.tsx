import { CircleHelp, Play } from "lucide-react";
import { useState } from "react";
import { Link, useParams, useSearchParams } from "wouter";
import { Button } from "../../../ui/Button";
import { Card, Empty } from "../../../ui/bits";
import { Dialog } from "../../../ui/Dialog";
import { SelectField } from "../../../ui/Field";
import { Page } from "../frame/Page";
import { useAllChannels } from "../parts/allChannels";
import { Loaded } from "../parts/Loaded";
import { StreamPlayer } from "../parts/StreamPlayer";
import type { Whose } from "./data";
import { DayCard } from "./day/DayCard";
import { EditsCard } from "./EditsCard";
import { ExplainDialog } from "./ExplainDialog";
import { Finder } from "./Finder";
import { LineupCard } from "./LineupCard";
import { ProfileCard } from "./ProfileCard";

/** Viewers of a channel: find one, and see what they see. */
export default function ViewersPage() {
  const { viewer } = useParams<{ viewer?: string }>();
  const [params, setParams] = useSearchParams();
  const channels = useAllChannels();
  const asked = params.get("channel");
  return (
    <Page
      title={viewer ?? "Viewers"}
      {...(viewer && { from: { path: `/viewers${asked ? `?channel=${asked}` : ""}`, title: "Viewers" } })}
    >
      <Loaded query={channels}>
        {(all) => {
          const channel = asked ?? all.find(({ state }) => state === "on air")?.name ?? all[0]?.name;
          if (channel === undefined) return <NoChannel />;
          return (
            <>
              <div className="max-w-xs">
                <SelectField
                  label="Channel"
                  value={channel}
                  onChange={(event) => setParams({ channel: event.target.value }, { replace: true })}
                >
                  {!all.some(({ name }) => name === channel) && <option>{channel}</option>}
                  {all.map(({ name }) => (
                    <option key={name}>{name}</option>
                  ))}
                </SelectField>
              </div>
              {viewer ? (
                <Viewer key={`${channel} ${viewer}`} whose={{ channel, viewer }} />
              ) : (
                <Finder key={channel} channel={channel} />
              )}
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}

function NoChannel() {
  return (
    <Card>
      <Empty title="There is no channel yet">
        Viewers are of a channel.{" "}
        <Link href="/channels" className="font-medium text-accent">
          Make one
        </Link>
        , then anybody's name can be looked at here.
      </Empty>
    </Card>
  );
}

function Viewer({ whose }: { whose: Whose }) {
  const [open, setOpen] = useState<"watch" | "explain" | null>(null);
  const close = () => setOpen(null);
  return (
    <>
      <div className="flex flex-wrap gap-2">
        <Button look="primary" onClick={() => setOpen("watch")}>
          <Play size={16} aria-hidden /> Preview as {whose.viewer}
        </Button>
        <Button onClick={() => setOpen("explain")}>
          <CircleHelp size={16} aria-hidden /> Explain now
        </Button>
      </div>
      <DayCard whose={whose} />
      <div className="grid gap-4 md:grid-cols-2 xl:grid-cols-3">
        <LineupCard whose={whose} />
        <ProfileCard whose={whose} />
        <EditsCard whose={whose} />
      </div>
      {open === "watch" && (
        <Dialog title={`${whose.channel}, as ${whose.viewer}`} onClose={close}>
          <StreamPlayer {...whose} />
        </Dialog>
      )}
      {open === "explain" && <ExplainDialog whose={whose} at={null} onClose={close} />}
    </>
  );
}
