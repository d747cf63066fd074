import { Plus, X } from "lucide-react";
import { useId } from "react";
import { Button, IconButton } from "../../../ui/Button";
import { TextField } from "../../../ui/Field";
import { zoneHere } from "./instants";
import type { RulesFieldsProps } from "./RulesFields";
import { NEW_PART, type PartDraft, type RulesMistakes } from "./rules";

/** The parts of the day, each with what of the pool airs in it, and by whose clock. */
export function DayPartFields({ draft, mistakes, onEdit }: RulesFieldsProps) {
  const { parts, zone } = draft;
  const change = (at: number, one: Partial<PartDraft>) =>
    onEdit({ parts: parts.map((part, place) => (place === at ? { ...part, ...one } : part)) });
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="text-sm font-medium">Day parts</legend>
      <p className="text-sm text-muted">
        From an hour on, every day, what of the pool airs. They begin to the second for everybody, so the channel
        needs filler.
      </p>
      {mistakes["parts"] && <p className="text-sm text-bad">{mistakes["parts"]}</p>}
      {parts.map((part, at) => (
        <Part
          // biome-ignore lint/suspicious/noArrayIndexKey: they have no name but their place
          key={at}
          part={part}
          mistakes={mistakes}
          at={at}
          onEdit={(one) => change(at, one)}
          onRemove={() => onEdit({ parts: parts.filter((_, place) => place !== at) })}
        />
      ))}
      {parts.length > 0 && <Zone zone={zone} onEdit={(text) => onEdit({ zone: text })} />}
      <Button
        className="self-start"
        onClick={() =>
          onEdit({ parts: [...parts, NEW_PART], ...(parts.length === 0 && !zone && { zone: zoneHere() }) })
        }
      >
        <Plus size={16} aria-hidden />
        Add a day part
      </Button>
    </fieldset>
  );
}

type PartProps = {
  part: PartDraft;
  at: number;
  mistakes: RulesMistakes;
  onEdit: (change: Partial<PartDraft>) => void;
  onRemove: () => void;
};

function Part({ part, at, mistakes, onEdit, onRemove }: PartProps) {
  const field = (name: keyof PartDraft, label: string, more: object = {}) => (
    <TextField
      label={label}
      value={part[name]}
      onChange={(event) => onEdit({ [name]: event.target.value })}
      {...more}
    />
  );
  return (
    <div className="flex items-start gap-2 rounded-lg border border-line p-3">
      <div className="grid min-w-0 grow gap-3 sm:grid-cols-3">
        {field("from", "From", { type: "time", error: mistakes[`parts.${at}.from`] })}
        {field("anyTags", "With one of these tags", { placeholder: "all" })}
        {field("noTags", "With none of these")}
        {field("least", "Age rating from", { inputMode: "numeric", error: mistakes[`parts.${at}.age`] })}
        {field("most", "Age rating up to", { inputMode: "numeric" })}
      </div>
      <IconButton label={`Remove the part from ${part.from || "here"} on`} onClick={onRemove}>
        <X size={16} aria-hidden />
      </IconButton>
    </div>
  );
}

function Zone({ zone, onEdit }: { zone: string; onEdit: (text: string) => void }) {
  const zones = useId();
  return (
    <>
      <TextField
        label="By the clocks of"
        hint="Europe/Berlin, with summer time; or +01:00, without; nothing is UTC"
        list={zones}
        value={zone}
        onChange={(event) => onEdit(event.target.value)}
      />
      <datalist id={zones}>
        {Intl.supportedValuesOf("timeZone").map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
    </>
  );
}
