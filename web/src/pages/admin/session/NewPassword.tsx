import { TextField } from "../../../ui/Field";

const SHORTEST = 10;
const LONGEST = 256;
export type Chosen = { password: string; again: string };
export type Wrong = { password?: string; again?: string };

/** What is wrong with a new password; nothing if it will do. */
export function wrongIn({ password, again }: Chosen, name: string): Wrong {
  const length = [...password].length;
  if (length < SHORTEST) return { password: `At least ${SHORTEST} characters; a few words do well` };
  if (length > LONGEST) return { password: `At most ${LONGEST} characters` };
  if (password.trim().toLowerCase() === name.trim().toLowerCase()) return { password: "Not the name of the account" };
  if (password !== again) return { again: "This is not the same password" };
  return {};
}

type NewPasswordProps = { chosen: Chosen; wrong: Wrong; onChange: (chosen: Chosen) => void };

/** A new password, typed twice. */
export function NewPassword({ chosen, wrong, onChange }: NewPasswordProps) {
  return (
    <>
      <TextField
        label="New password"
        type="password"
        autoComplete="new-password"
        hint={`At least ${SHORTEST} characters, whichever you like`}
        value={chosen.password}
        error={wrong.password}
        onChange={(event) => onChange({ ...chosen, password: event.target.value })}
      />
      <TextField
        label="The same again"
        type="password"
        autoComplete="new-password"
        value={chosen.again}
        error={wrong.again}
        onChange={(event) => onChange({ ...chosen, again: event.target.value })}
      />
    </>
  );
}
