import { type FormEvent, useState } from "react";
import { answer, api } from "../../../api/client";
import type { NewMoment } from "../../../api/schema";
import { Button } from "../../../ui/Button";
import { Dialog } from "../../../ui/Dialog";
import { TextField } from "../../../ui/Field";
import { AssetFinder } from "../parts/AssetFinder";
import { useServerClock } from "../parts/serverTime";
import { BreakFields } from "./BreakFields";
import { Chosen } from "./Chosen";
import { sent } from "./deeds";
import { InstantField } from "./InstantField";
import { zoneHere } from "./instants";
import { type MomentDraft, type MomentMistakes, momentBody, momentMistakes, newMoment, withClips } from "./moment";
import { Review } from "./Review";

type AddMomentProps = { channel: string; version: number | null; onClose: () => void };

/** Adds a moment: filled in, then looked at what it does, then added. */
export function AddMoment({ channel, version, onClose }: AddMomentProps) {
  const clock = useServerClock();
  const [draft, setDraft] = useState(() => newMoment(clock(), zoneHere()));
  const [mistakes, setMistakes] = useState<MomentMistakes>({});
  const [asking, setAsking] = useState<NewMoment | null>(null);
  const look = (event: FormEvent) => {
    event.preventDefault();
    const found = momentMistakes(draft, zoneHere(), clock());
    setMistakes(found);
    if (Object.keys(found).length === 0) setAsking(momentBody(draft, zoneHere()));
  };
  return (
    <Dialog title="Add a moment" onClose={onClose}>
      <form noValidate onSubmit={look} className="flex flex-col gap-4">
        <Fields draft={draft} mistakes={mistakes} onEdit={(change) => setDraft({ ...draft, ...change })} />
        <footer className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary">
            Look what it does
          </Button>
        </footer>
      </form>
      {asking && (
        <Review
          title="Add this moment?"
          verb="Add it"
          channel={channel}
          version={version}
          change={(how) =>
            answer(api.POST("/channels/{channel}/moments", { params: sent(channel, how), body: asking }))
          }
          said="The moment is added."
          onDone={onClose}
          onClose={() => setAsking(null)}
        />
      )}
    </Dialog>
  );
}

type FieldsProps = {
  draft: MomentDraft;
  mistakes: MomentMistakes;
  onEdit: (change: Partial<MomentDraft>) => void;
};

function Fields({ draft, mistakes, onEdit }: FieldsProps) {
  const { clips } = draft;
  return (
    <>
      <TextField
        label="Title"
        hint="For the guide"
        maxLength={200}
        value={draft.title}
        onChange={(event) => onEdit({ title: event.target.value })}
      />
      <InstantField label="At" value={draft.at} error={mistakes.at ?? null} onChange={(at) => onEdit({ at })} />
      <section className="flex flex-col gap-2">
        <h3 className="text-sm font-medium">What all see, in this order</h3>
        {mistakes.clips && (
          <p role="alert" className="text-sm text-bad">
            {mistakes.clips}
          </p>
        )}
        <Chosen
          label="Assets of the moment"
          assets={clips}
          ordered
          onChange={(next) => onEdit(withClips(draft, next))}
        />
        <AssetFinder label="Look for assets to add" onPick={(asset) => onEdit({ clips: [...clips, asset] })} />
      </section>
      {clips.length + draft.breaks.length > 1 && <BreakFields draft={draft} mistakes={mistakes} onEdit={onEdit} />}
      <TextField
        label="It comes again every"
        hint="5m or more, such as 1h; nothing: once"
        value={draft.every}
        error={mistakes.every}
        onChange={(event) => onEdit({ every: event.target.value })}
      />
      {draft.every.trim() !== "" && (
        <InstantField
          label="Until (without it: for good)"
          required={false}
          value={draft.until}
          error={mistakes.until ?? null}
          onChange={(until) => onEdit({ until })}
        />
      )}
      <label className="flex min-h-10 items-center gap-3 text-sm">
        <input
          type="checkbox"
          className="size-4 shrink-0"
          checked={draft.resumes}
          onChange={(event) => onEdit({ resumes: event.target.checked })}
        />
        What it cuts goes on afterwards where it was cut
      </label>
    </>
  );
}
