import { SelectField, TextField } from "../../../ui/Field";
import type { RulesDraft, RulesMistakes } from "./rules";
import { TagCounts } from "./TagCounts";

export type RulesFieldsProps = {
  draft: RulesDraft;
  mistakes: RulesMistakes;
  onEdit: (change: Partial<RulesDraft>) => void;
};

const ORDERS: Record<RulesDraft["order"], string> = {
  shuffled: "Shuffled: another order for every viewer, and every round",
  weighted: "Weighted: likewise, and by what each viewer likes",
  fixed: "Fixed: that of the pool, for everybody",
};

/** The order, and what is kept apart in it. */
export function RulesFields({ draft, mistakes, onEdit }: RulesFieldsProps) {
  return (
    <>
      <SelectField
        label="Order"
        value={draft.order}
        onChange={(event) => onEdit({ order: event.target.value as RulesDraft["order"] })}
      >
        {Object.entries(ORDERS).map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </SelectField>
      {draft.order === "fixed" ? (
        <p className="text-sm text-muted">A fixed order has no repeats and spacing but its own.</p>
      ) : (
        <>
          <div className="grid gap-4 sm:grid-cols-2">
            <TextField
              label="Others before an asset comes again"
              hint="How many; nothing: it never follows itself"
              inputMode="numeric"
              value={draft.repeatClips}
              error={mistakes["repeatClips"]}
              onChange={(event) => onEdit({ repeatClips: event.target.value })}
            />
            <TextField
              label="Time before an asset comes again"
              hint="90s, 30m or 2h"
              value={draft.repeat}
              error={mistakes["repeat"]}
              onChange={(event) => onEdit({ repeat: event.target.value })}
            />
          </div>
          <TagCounts
            label="Spacing"
            hint="So many without the tag between two with it"
            counts={draft.spacing}
            mistakeAt={(at) => mistakes[`spacing.${at}`]}
            onChange={(spacing) => onEdit({ spacing })}
          />
        </>
      )}
      <TagCounts
        label="Limits"
        hint="At most so many with the tag in each round"
        counts={draft.limits}
        mistakeAt={(at) => mistakes[`limits.${at}`]}
        onChange={(limits) => onEdit({ limits })}
      />
    </>
  );
}
