import { ArrowUp, Plus, X } from "lucide-react";
import { Button, IconButton } from "../../../ui/Button";
import { SelectField, TextField } from "../../../ui/Field";
import { May } from "../session/session";
import type { CohortsMistakes } from "./cohorts";

export type Row = { lineup: string; likes: string; most?: string };

type CohortRowsProps = {
  label: string;
  empty: string;
  field: "rules" | "tastes";
  rows: readonly Row[];
  lineups: readonly string[];
  mistakes: CohortsMistakes;
  /** With the highest rating they may see. Then their order counts, too. */
  hasRating?: boolean;
  onChange: (rows: Row[]) => void;
};

/** Who is put on which lineup, row by row. */
export function CohortRows({ label, empty, field, rows, lineups, mistakes, hasRating, onChange }: CohortRowsProps) {
  const edit = (at: number, change: Partial<Row>) =>
    onChange(rows.map((row, place) => (place === at ? { ...row, ...change } : row)));
  const earlier = (at: number) => {
    const next = [...rows];
    next.splice(at - 1, 0, ...next.splice(at, 1));
    onChange(next);
  };
  return (
    <fieldset className="flex min-w-0 flex-col gap-3">
      <legend className="mb-1 text-sm font-medium">{label}</legend>
      {rows.length === 0 && <p className="text-sm text-muted">{empty}</p>}
      {rows.map((row, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they have no name but their place
        <div key={at} className="flex items-start gap-2 rounded-lg border border-line p-3">
          <div className="grid min-w-0 grow gap-3 sm:grid-cols-3">
            <Fields
              row={row}
              at={`${field}.${at}`}
              lineups={lineups}
              mistakes={mistakes}
              onEdit={(one) => edit(at, one)}
            />
          </div>
          <May as="editor">
            <span className="flex shrink-0 flex-col sm:flex-row">
              {hasRating && (
                <IconButton label={`Rule ${at + 1} earlier`} disabled={at === 0} onClick={() => earlier(at)}>
                  <ArrowUp size={16} aria-hidden />
                </IconButton>
              )}
              <IconButton
                label={`Remove ${field === "rules" ? "rule" : "taste"} ${at + 1}`}
                onClick={() => onChange(rows.filter((_, place) => place !== at))}
              >
                <X size={16} aria-hidden />
              </IconButton>
            </span>
          </May>
        </div>
      ))}
      <May as="editor">
        {" "}
        <Button
          className="self-start"
          onClick={() => onChange([...rows, { lineup: lineups[0] ?? "", likes: "", ...(hasRating && { most: "" }) }])}
        >
          <Plus size={16} aria-hidden />
          {field === "rules" ? "Add a rule" : "Add a taste"}
        </Button>
      </May>
    </fieldset>
  );
}

type FieldsProps = {
  row: Row;
  at: string;
  lineups: readonly string[];
  mistakes: CohortsMistakes;
  onEdit: (change: Partial<Row>) => void;
};

function Fields({ row: { lineup, likes, most }, at, lineups, mistakes, onEdit }: FieldsProps) {
  const names = [...new Set([...lineups, ...(lineup ? [lineup] : [])])];
  return (
    <>
      <TextField
        label={most === undefined ? "Who like about so much" : "Who like at least so much"}
        hint="kids=0.5, news=-1"
        value={likes}
        error={mistakes[`${at}.likes`]}
        onChange={(event) => onEdit({ likes: event.target.value })}
      />
      {most !== undefined && (
        <TextField
          label="May see nothing rated above"
          hint="0 to 21; nothing: whatever"
          inputMode="numeric"
          value={most}
          error={mistakes[`${at}.most`]}
          onChange={(event) => onEdit({ most: event.target.value })}
        />
      )}
      <SelectField
        label="Are on the lineup"
        value={lineup}
        error={mistakes[`${at}.lineup`]}
        hint={names.length === 0 ? "Make a lineup first" : undefined}
        onChange={(event) => onEdit({ lineup: event.target.value })}
      >
        {lineup === "" && <option value="">choose one</option>}
        {names.map((one) => (
          <option key={one} value={one}>
            {one}
          </option>
        ))}
      </SelectField>
    </>
  );
}
