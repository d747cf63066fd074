import type { ReactNode } from "react";
import { Button } from "../../../ui/Button";
import type { Held } from "./draft";

type Foot = Pick<Held<object>, "isChanged" | "isNewer" | "takeBack" | "keep">;
type FormFootProps = { held: Foot; verb: string; also?: ReactNode };

/** The end of a form of what is stored: its buttons, and what to do where somebody else has changed the same. */
export function FormFoot({ held, verb, also }: FormFootProps) {
  return (
    <>
      {held.isNewer && (
        <div role="alert" className="flex flex-col gap-3 rounded-lg border border-warn/50 bg-warn/10 p-3 text-sm">
          <p>Somebody else changed this meanwhile. What you typed is not stored yet.</p>
          <div className="flex flex-wrap gap-2">
            <Button onClick={held.takeBack}>Show theirs</Button>
            <Button onClick={held.keep}>Go on with mine</Button>
          </div>
        </div>
      )}
      <footer className="flex flex-wrap justify-end gap-2">
        {also}
        <Button disabled={!held.isChanged} onClick={held.takeBack}>
          Take back
        </Button>
        <Button type="submit" look="primary" disabled={!held.isChanged || held.isNewer}>
          {verb}
        </Button>
      </footer>
    </>
  );
}
