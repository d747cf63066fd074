import { TextArea, TextField } from "../../../ui/Field";
import { type Draft, LABELS, type Mistakes } from "./edit";

type EditorFieldsProps = {
  draft: Draft;
  mistakes: Mistakes;
  /** What it is called where nobody has given it a title. */
  file: string;
  onChange: (change: Partial<Draft>) => void;
};

const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

export function EditorFields({ draft, mistakes, file, onChange }: EditorFieldsProps) {
  return (
    <>
      <TextField
        label={LABELS.title}
        placeholder={file}
        value={draft.title}
        error={mistakes.title}
        onChange={(event) => onChange({ title: event.target.value })}
      />
      <TextArea
        label={LABELS.description}
        rows={4}
        value={draft.description}
        error={mistakes.description}
        onChange={(event) => onChange({ description: event.target.value })}
      />
      <TextField
        label={LABELS.tags}
        hint="With commas between them; pools and rules choose by tags"
        value={draft.tags}
        error={mistakes.tags}
        onChange={(event) => onChange({ tags: event.target.value })}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label={LABELS.language}
          placeholder="en, pt-BR, zh-Hant"
          maxLength={40}
          value={draft.language}
          error={mistakes.language}
          onChange={(event) => onChange({ language: event.target.value })}
        />
        <TextField
          label={LABELS.rating}
          hint="From which age on; nothing: nobody has said"
          inputMode="numeric"
          maxLength={10}
          value={draft.rating}
          error={mistakes.rating}
          onChange={(event) => onChange({ rating: event.target.value })}
        />
        <TextField
          label={LABELS.rights_from}
          type="datetime-local"
          hint={`In your zone, ${ZONE}`}
          value={draft.rights_from}
          error={mistakes.rights_from}
          onChange={(event) => onChange({ rights_from: event.target.value })}
        />
        <TextField
          label={LABELS.rights_until}
          type="datetime-local"
          hint="It has ended by then"
          value={draft.rights_until}
          error={mistakes.rights_until}
          onChange={(event) => onChange({ rights_until: event.target.value })}
        />
      </div>
    </>
  );
}
