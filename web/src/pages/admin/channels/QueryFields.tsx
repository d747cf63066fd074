import { TextArea, TextField } from "../../../ui/Field";
import type { QueryDraft, QueryMistakes } from "./query";

type QueryFieldsProps = { draft: QueryDraft; mistakes: QueryMistakes; onEdit: (change: Partial<QueryDraft>) => void };

const TEXTS: { field: keyof QueryDraft; label: string; hint: string }[] = [
  { field: "tags", label: "With all of these tags", hint: "kids, sea" },
  { field: "anyTags", label: "With one of these tags", hint: "nothing: whatever the tags" },
  { field: "noTags", label: "With none of these tags", hint: "news, ads" },
  { field: "languages", label: "In one of these languages", hint: "pt is pt-BR too" },
];

/** What an asset has to be to be in a pool that follows. */
export function QueryFields({ draft, mistakes, onEdit }: QueryFieldsProps) {
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      {TEXTS.map(({ field, label, hint }) => (
        <TextField
          key={field}
          label={label}
          hint={hint}
          value={draft[field]}
          error={mistakes[field]}
          onChange={(event) => onEdit({ [field]: event.target.value })}
        />
      ))}
      <TextField
        label="Age rating from"
        inputMode="numeric"
        hint="0 to 21"
        value={draft.least}
        error={mistakes.least}
        onChange={(event) => onEdit({ least: event.target.value })}
      />
      <TextField
        label="Age rating up to"
        inputMode="numeric"
        hint="One that nobody rated counts as 21"
        value={draft.most}
        error={mistakes.most}
        onChange={(event) => onEdit({ most: event.target.value })}
      />
      <TextArea
        label="Anything else"
        hint="series=The Sea, one a line"
        value={draft.more}
        error={mistakes.more}
        onChange={(event) => onEdit({ more: event.target.value })}
      />
      <TextArea
        label="Never these assets"
        hint="Their ids, with commas between"
        value={draft.without}
        error={mistakes.without}
        onChange={(event) => onEdit({ without: event.target.value })}
      />
    </div>
  );
}
