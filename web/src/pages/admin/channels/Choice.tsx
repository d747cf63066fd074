import { useId } from "react";

type ChoiceProps<V extends string> = {
  label: string;
  value: V;
  options: Record<V, string>;
  onChange: (value: V) => void;
};

/** One of a few, all of them shown. */
export function Choice<V extends string>({ label, value, options, onChange }: ChoiceProps<V>) {
  const name = useId();
  return (
    <fieldset className="flex flex-col gap-1">
      <legend className="mb-1 text-sm font-medium">{label}</legend>
      {(Object.entries(options) as [V, string][]).map(([one, text]) => (
        <label key={one} className="flex min-h-10 items-center gap-3 text-sm">
          <input
            type="radio"
            name={name}
            className="size-4 shrink-0"
            checked={one === value}
            onChange={() => onChange(one)}
          />
          {text}
        </label>
      ))}
    </fieldset>
  );
}
