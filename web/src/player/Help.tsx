import { useState } from "react";
import { Dialog } from "../ui/Dialog";
import { SHORTCUTS, setShortcuts, shortcutsAreOn } from "./keys";

/** Which key does what; with `everywhere`, for a page of our own, a way to have none. */
export function Help({ everywhere, onClose }: { everywhere: boolean; onClose: () => void }) {
  const [on, setOn] = useState(shortcutsAreOn);
  return (
    <Dialog title="Keys of the player" onClose={onClose}>
      <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-2 text-sm">
        {SHORTCUTS.map(({ command, shown, says }) => (
          <div key={command} className="contents">
            <dt className="font-mono font-semibold">{shown}</dt>
            <dd>{says}</dd>
          </div>
        ))}
      </dl>
      {everywhere && (
        <label className="flex min-h-10 items-center gap-3 text-sm">
          <input
            type="checkbox"
            className="size-5 accent-accent-fill"
            checked={on}
            onChange={(event) => {
              setShortcuts(event.target.checked);
              setOn(event.target.checked);
            }}
          />
          Take them also while the player has no focus
        </label>
      )}
    </Dialog>
  );
}
