import { Plus, X } from "lucide-react";
import { Button } from "../../../ui/Button";
import { SelectField, TextField } from "../../../ui/Field";
import { AssetFinder } from "../parts/AssetFinder";
import { Chosen } from "./Chosen";
import { type BreakDraft, type BreakMistakes, type MomentDraft, type MomentMistakes, newBreak } from "./moment";
import { useAsset } from "./stored";

type BreakFieldsProps = {
  draft: MomentDraft;
  mistakes: MomentMistakes;
  onEdit: (change: Partial<MomentDraft>) => void;
};

/** The personal breaks of a moment: each between two of its clips, filled for each viewer. */
export function BreakFields({ draft, mistakes, onEdit }: BreakFieldsProps) {
  const { breaks, clips } = draft;
  const next = newBreak(draft);
  return (
    <section className="flex flex-col gap-3" aria-label="Personal breaks">
      <h3 className="text-sm font-medium">Personal breaks</h3>
      <p className="text-sm text-muted">
        Between two clips each viewer gets clips of their own for a while; then all see the same again.
      </p>
      {breaks.map((one, place) => (
        <One
          // biome-ignore lint/suspicious/noArrayIndexKey: two may be the same while they are filled in
          key={place}
          draft={one}
          clips={clips}
          mistakes={mistakes.breaks?.[place] ?? {}}
          onEdit={(change) =>
            onEdit({ breaks: breaks.map((other, at) => (at === place ? { ...other, ...change } : other)) })
          }
          onRemove={() => onEdit({ breaks: breaks.filter((_, at) => at !== place) })}
        />
      ))}
      <Button
        className="self-start"
        disabled={next === null}
        onClick={() => next && onEdit({ breaks: [...breaks, next] })}
      >
        <Plus size={16} aria-hidden />
        Add a break
      </Button>
    </section>
  );
}

type OneProps = {
  draft: BreakDraft;
  clips: readonly string[];
  mistakes: BreakMistakes;
  onEdit: (change: Partial<BreakDraft>) => void;
  onRemove: () => void;
};

function One({ draft: { after, length, pool }, clips, mistakes, onEdit, onRemove }: OneProps) {
  return (
    <fieldset className="flex flex-col gap-3 rounded-lg border border-line p-3">
      <legend className="px-1 text-sm font-medium">Break</legend>
      <div className="grid gap-3 sm:grid-cols-2">
        <SelectField
          label="Behind"
          value={after}
          error={mistakes.after ?? null}
          onChange={(event) => onEdit({ after: Number(event.target.value) })}
        >
          {clips.slice(0, -1).map((clip, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: one may be there several times
            <Place key={`${clip} ${at}`} asset={clip} number={at + 1} />
          ))}
        </SelectField>
        <TextField
          label="So long"
          hint="30s, 2m: from a second to six hours"
          value={length}
          error={mistakes.length ?? null}
          onChange={(event) => onEdit({ length: event.target.value })}
        />
      </div>
      {mistakes.pool && (
        <p role="alert" className="text-sm text-bad">
          {mistakes.pool}
        </p>
      )}
      <Chosen label="Assets of the break" assets={pool} onChange={(next) => onEdit({ pool: next })} />
      <AssetFinder
        label="Look for assets of the break"
        has={(asset) => pool.includes(asset)}
        onPick={(asset) => onEdit({ pool: [...pool, asset] })}
      />
      <Button className="self-start" onClick={onRemove}>
        <X size={16} aria-hidden />
        Take the break out
      </Button>
    </fieldset>
  );
}

function Place({ asset, number }: { asset: string; number: number }) {
  const { data } = useAsset(asset);
  return (
    <option value={number}>
      {number}. {data?.title ?? asset}
    </option>
  );
}
