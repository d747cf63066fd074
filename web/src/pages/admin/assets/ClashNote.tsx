import { useId, useState } from "react";
import { Button } from "../../../ui/Button";
import { type Clash, type Field, LABELS } from "./edit";

type ClashNoteProps = { clashes: readonly Clash[]; busy: boolean; onChoose: (theirs: readonly Field[]) => void };

/** Somebody else changed the same fields meanwhile: both values, of which one is chosen. */
export function ClashNote({ clashes, busy, onChoose }: ClashNoteProps) {
  const [theirs, setTheirs] = useState<readonly Field[]>([]);
  const pick = (field: Field, isTheirs: boolean) =>
    setTheirs(isTheirs ? [...theirs, field] : theirs.filter((one) => one !== field));
  return (
    <div role="alert" className="flex flex-col gap-3 rounded-lg border border-warn/50 bg-warn/10 p-4 text-sm">
      <p className="font-medium">
        Somebody else changed this meanwhile. Nothing is stored yet: choose what is to stay.
      </p>
      {clashes.map((clash) => (
        <Choice key={clash.field} clash={clash} isTheirs={theirs.includes(clash.field)} onPick={pick} />
      ))}
      <Button look="primary" busy={busy} className="self-end" onClick={() => onChoose(theirs)}>
        Save what is chosen
      </Button>
    </div>
  );
}

type ChoiceProps = { clash: Clash; isTheirs: boolean; onPick: (field: Field, isTheirs: boolean) => void };

function Choice({ clash: { field, mine, theirs }, isTheirs, onPick }: ChoiceProps) {
  const name = useId();
  const option = (label: string, value: string, checked: boolean, picksTheirs: boolean) => (
    <label className="flex min-h-10 items-start gap-2 py-1.5">
      <input
        type="radio"
        name={name}
        checked={checked}
        onChange={() => onPick(field, picksTheirs)}
        className="mt-0.5 size-4"
      />
      <span className="min-w-0 break-words whitespace-pre-wrap">
        <span className="text-muted">{label}: </span>
        {value === "" ? <em className="text-muted">nothing</em> : value}
      </span>
    </label>
  );
  return (
    <fieldset>
      <legend className="font-medium">{LABELS[field]}</legend>
      {option("Yours", mine, !isTheirs, false)}
      {option("Theirs", theirs, isTheirs, true)}
    </fieldset>
  );
}
