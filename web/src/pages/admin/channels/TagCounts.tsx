import { Plus, X } from "lucide-react";
import { Button, IconButton } from "../../../ui/Button";
import { TextField } from "../../../ui/Field";
import type { TagCount } from "./rules";

type TagCountsProps = {
  label: string;
  hint: string;
  counts: readonly TagCount[];
  mistakeAt: (at: number) => string | undefined;
  onChange: (counts: TagCount[]) => void;
};

/** Numbers by tag. */
export function TagCounts({ label, hint, counts, mistakeAt, onChange }: TagCountsProps) {
  const change = (at: number, one: Partial<TagCount>) =>
    onChange(counts.map((count, place) => (place === at ? { ...count, ...one } : count)));
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="text-sm font-medium">{label}</legend>
      <p className="text-sm text-muted">{hint}</p>
      {counts.map(({ tag, count }, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they have no name but their place
        <div key={at} className="flex items-start gap-2">
          <div className="min-w-0 grow">
            <TextField
              label="Tag"
              maxLength={64}
              value={tag}
              error={mistakeAt(at)}
              onChange={(event) => change(at, { tag: event.target.value })}
            />
          </div>
          <div className="w-24 shrink-0">
            <TextField
              label="How many"
              inputMode="numeric"
              value={count}
              onChange={(event) => change(at, { count: event.target.value })}
            />
          </div>
          <IconButton
            label={`Remove ${tag || "this one"}`}
            className="mt-[1.625rem]"
            onClick={() => onChange(counts.filter((_, place) => place !== at))}
          >
            <X size={16} aria-hidden />
          </IconButton>
        </div>
      ))}
      <Button className="self-start" onClick={() => onChange([...counts, { tag: "", count: "1" }])}>
        <Plus size={16} aria-hidden />
        Add a tag
      </Button>
    </fieldset>
  );
}
