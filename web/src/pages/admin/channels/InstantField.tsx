import { TextField } from "../../../ui/Field";
import { when } from "../words";
import { meant, zoneHere } from "./instants";

type InstantFieldProps = {
  label: string;
  value: string;
  error?: string | null;
  required?: boolean;
  onChange: (text: string) => void;
};

/** An instant by the clocks of the browser's zone, which is told. */
export function InstantField({ label, value, error, required = true, onChange }: InstantFieldProps) {
  return (
    <TextField
      label={label}
      type="datetime-local"
      required={required}
      value={value}
      error={error}
      hint={hintOf(value)}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

function hintOf(text: string): string {
  const zone = zoneHere();
  const found = meant(text, zone);
  if (found === null) return `In the time zone ${zone}`;
  if (found.note === "left out") return `Clocks are set then: that is ${when(found.at)}`;
  if (found.note === "twice") return `It is so twice that day; this is the first: ${when(found.at)}`;
  return `${when(found.at)} (${zone})`;
}
