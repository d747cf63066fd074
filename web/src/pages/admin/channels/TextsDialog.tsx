import { useState } from "react";
import { answer, api, type Refused } from "../../../api/client";
import type { ChannelView } from "../../../api/schema";
import { TextArea, TextField } from "../../../ui/Field";
import { FormDialog } from "../parts/FormDialog";
import { newerVersion, useChanged } from "./deeds";
import {
  type TextsDraft,
  type TextsMistakes,
  type Told,
  textsBody,
  textsClashes,
  textsDraft,
  textsMistakes,
} from "./texts";

type Now = Told & Pick<ChannelView, "name" | "version">;
type TextsDialogProps = { channel: Now; onClose: () => void };

const LABELS: Record<keyof TextsDraft, string> = {
  title: "Title",
  description: "Description",
  timeshift: "Minutes that viewers may go back",
};

/** Says something else of a channel. Where somebody else changed other fields meanwhile, both are kept. */
export function TextsDialog({ channel, onClose }: TextsDialogProps) {
  const [base, setBase] = useState(() => ({ draft: textsDraft(channel), version: channel.version }));
  const [draft, setDraft] = useState(base.draft);
  const [mistakes, setMistakes] = useState<TextsMistakes>({});
  const [theirs, setTheirs] = useState<TextsDraft | null>(null);
  const changed = useChanged(channel.name);
  const edit = (change: Partial<TextsDraft>) => setDraft({ ...draft, ...change });
  const store = async (of: typeof base): Promise<void> => {
    const body = textsBody(draft, of.draft);
    if (Object.keys(body).length === 0) return onClose();
    const params = { path: { channel: channel.name }, header: { "if-match": `"${of.version}"` } };
    try {
      const { version } = await answer(api.PATCH("/channels/{channel}", { params, body }));
      changed("The texts are changed.", version);
      onClose();
    } catch (failure) {
      if (newerVersion(failure, of.version) === null) throw failure;
      await settle(of, (failure as Refused).now as Now);
    }
  };
  const settle = async (of: typeof base, now: Now): Promise<void> => {
    const newer = { draft: textsDraft(now), version: now.version };
    if (textsClashes(draft, of.draft, newer.draft).length > 0) {
      setTheirs(newer.draft);
      setBase({ draft: of.draft, version: now.version }); // what is sent next counts over theirs
      return;
    }
    await store({ draft: of.draft, version: now.version });
  };
  const send = async () => {
    const found = textsMistakes(draft, base.draft);
    setMistakes(found);
    if (Object.keys(found).length === 0) await store(base);
  };
  return (
    <FormDialog title="Texts" verb={theirs ? "Save mine" : "Save"} onSend={send} onClose={onClose}>
      <TextField
        label={LABELS.title}
        hint={`What viewers know it by; without it, ${channel.name}`}
        value={draft.title}
        error={mistakes.title}
        onChange={(event) => edit({ title: event.target.value })}
      />
      <TextArea
        label={LABELS.description}
        value={draft.description}
        error={mistakes.description}
        onChange={(event) => edit({ description: event.target.value })}
      />
      <TextField
        label={LABELS.timeshift}
        hint="0: they see what is on, and nothing before. A longer time grows from now on."
        inputMode="numeric"
        value={draft.timeshift}
        error={mistakes.timeshift}
        onChange={(event) => edit({ timeshift: event.target.value })}
      />
      {theirs && <Theirs theirs={theirs} fields={textsClashes(draft, base.draft, theirs)} onTake={edit} />}
    </FormDialog>
  );
}

type TheirsProps = {
  theirs: TextsDraft;
  fields: readonly (keyof TextsDraft)[];
  onTake: (change: Partial<TextsDraft>) => void;
};

function Theirs({ theirs, fields, onTake }: TheirsProps) {
  if (fields.length === 0) return null;
  return (
    <div role="alert" className="flex flex-col gap-2 rounded-lg border border-warn/50 bg-warn/10 p-3 text-sm">
      <p>Somebody else changed this meanwhile. Nothing of yours is stored yet.</p>
      {fields.map((field) => (
        <p key={field} className="flex flex-wrap items-center gap-x-2 break-words whitespace-pre-wrap">
          {LABELS[field]}, theirs: <b className="font-medium">{theirs[field] || "nothing"}</b>
          <button
            type="button"
            className="min-h-10 font-medium text-accent"
            onClick={() => onTake({ [field]: theirs[field] })}
          >
            Take theirs
          </button>
        </p>
      ))}
    </div>
  );
}
