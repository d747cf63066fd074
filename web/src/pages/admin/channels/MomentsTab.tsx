import { useQuery } from "@tanstack/react-query";
import { CalendarPlus, Trash2, Zap } from "lucide-react";
import { useState } from "react";
import { answer, api } from "../../../api/client";
import type { MomentsView, MomentView } from "../../../api/schema";
import { Button } from "../../../ui/Button";
import { Badge, Card, Empty, type Tone } from "../../../ui/bits";
import { Loaded } from "../parts/Loaded";
import { May } from "../session/session";
import { span, when } from "../words";
import { AddMoment } from "./AddMoment";
import { AddSlate } from "./AddSlate";
import { Named } from "./Chosen";
import { sent } from "./deeds";
import { zoneHere } from "./instants";
import { Review } from "./Review";
import { momentsOf } from "./stored";

const TONES: Record<MomentView["state"], Tone> = {
  "to come": "accent",
  "to come, fixed": "accent",
  "comes again": "good",
  "on air or over": "plain",
};

/** When all viewers of a channel see the same. */
export default function MomentsTab({ channel }: { channel: string }) {
  const stored = useQuery(momentsOf(channel));
  const [adding, setAdding] = useState<"moment" | "slate" | null>(null);
  const [removing, setRemoving] = useState<MomentView | null>(null);
  const close = () => setAdding(null);
  const version = stored.data?.version ?? null;
  const add = (
    <May as="editor">
      <span className="flex flex-wrap gap-2">
        <Button onClick={() => setAdding("slate")}>
          <Zap size={16} aria-hidden />
          Slate now
        </Button>
        <Button look="primary" onClick={() => setAdding("moment")}>
          <CalendarPlus size={16} aria-hidden />
          Add a moment
        </Button>
      </span>
    </May>
  );
  return (
    <Card title="Moments" actions={add}>
      <p className="mb-2 text-sm text-muted">
        At these instants everybody's stream is the same, to the frame. Times are those of {zoneHere()}.
      </p>
      <Loaded query={stored}>{(view) => <List view={view} onRemove={setRemoving} />}</Loaded>
      {adding === "moment" && <AddMoment channel={channel} version={version} onClose={close} />}
      {adding === "slate" && <AddSlate channel={channel} version={version} onClose={close} />}
      {removing && <Remove channel={channel} moment={removing} version={version} onClose={() => setRemoving(null)} />}
    </Card>
  );
}

function List({ view: { moments }, onRemove }: { view: MomentsView; onRemove: (moment: MomentView) => void }) {
  if (moments.length === 0) {
    return <Empty title="No moments">A kick-off, a launch, an ad of record: add one, and all see it together.</Empty>;
  }
  const sorted = [...moments].sort((one, other) => one.at.localeCompare(other.at));
  return (
    <ul className="divide-y divide-line" aria-label="Moments">
      {sorted.map((one) => (
        <li key={one.id} className="flex flex-wrap items-start gap-x-4 gap-y-2 py-3">
          <Told moment={one} />
          <May as="editor">
            <Button aria-label={`${removeVerb(one)}: ${one.title || one.id}`} onClick={() => onRemove(one)}>
              <Trash2 size={16} aria-hidden />
              {removeVerb(one)}
            </Button>
          </May>
        </li>
      ))}
    </ul>
  );
}

function removeVerb({ slate, state }: MomentView): string {
  return slate && state === "on air or over" ? "End it" : "Remove";
}

function Told({ moment }: { moment: MomentView }) {
  const { id, title, at, clips, slate, every_s: every, until, resumes, breaks, state } = moment;
  return (
    <div className="flex min-w-0 grow basis-64 flex-col gap-2 text-sm">
      <p className="flex flex-wrap items-center gap-2">
        <b className="font-medium break-words">{title || id}</b>
        <Badge tone={TONES[state]}>{state}</Badge>
        {slate && <Badge tone="warn">slate</Badge>}
      </p>
      <p>
        <time dateTime={at}>{when(at)}</time>
        {every !== null && `, every ${span(every)}`}
        {until !== null && `, until ${when(until)}`}
        {slate && until === null && ", until it is taken away"}
      </p>
      <ul className="flex flex-wrap gap-2">
        {clips.map((clip, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: one may be there several times
          <li key={`${clip} ${place}`} className="flex w-64 max-w-full items-center gap-2">
            <Named asset={clip} />
          </li>
        ))}
      </ul>
      <p className="text-muted">
        {resumes ? "What it cuts goes on afterwards" : "What it cuts does not go on"}
        {breaks.length > 0 && ` · ${breaks.length} personal ${breaks.length === 1 ? "break" : "breaks"}`}
        {title && ` · ${id}`}
      </p>
    </div>
  );
}

type RemoveProps = { channel: string; moment: MomentView; version: number | null; onClose: () => void };

function Remove({ channel, moment: { id, title }, version, onClose }: RemoveProps) {
  return (
    <Review
      title={`Remove ${title || id}?`}
      verb="Remove it"
      danger
      channel={channel}
      version={version}
      change={(how) => {
        const { path, ...rest } = sent(channel, how);
        const params = { path: { ...path, moment: id }, ...rest };
        return answer(api.DELETE("/channels/{channel}/moments/{moment}", { params }));
      }}
      said={`${title || id} is removed.`}
      onClose={onClose}
    >
      Up to 35 s before it begins it goes as a whole; of one that comes again, and of a slate, the rest goes.
    </Review>
  );
}
