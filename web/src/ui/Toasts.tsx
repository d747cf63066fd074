import { createContext, type ReactNode, useCallback, useContext, useMemo, useRef, useState } from "react";
import { classes } from "./classes";

type Toast = { id: number; text: string; bad: boolean; action?: { verb: string; act: () => void } };
type Say = (text: string, more?: { bad?: boolean; action?: Toast["action"] }) => void;

const SHOWN_MS = 6000;
const AT_ONCE = 4;
const Context = createContext<Say>(() => undefined);

/** Says that something was done, perhaps with a way to undo it. */
export function useToast(): Say {
  return useContext(Context);
}

export function Toasts({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<Toast[]>([]);
  const next = useRef(0);
  const drop = useCallback((id: number) => setToasts((all) => all.filter((one) => one.id !== id)), []);
  const say = useCallback<Say>(
    (text, more) => {
      next.current += 1;
      const id = next.current;
      const toast: Toast = { id, text, bad: more?.bad ?? false, ...(more?.action && { action: more.action }) };
      setToasts((all) => [...all.slice(1 - AT_ONCE), toast]);
      setTimeout(() => drop(id), SHOWN_MS);
    },
    [drop],
  );
  const shown = useMemo(
    () =>
      toasts.map(({ id, text, bad, action }) => (
        <div
          key={id}
          className={classes(
            "pointer-events-auto flex items-center gap-4 rounded-lg border bg-card px-4 py-3 text-sm shadow-lg",
            bad ? "border-bad/50" : "border-line",
          )}
        >
          <span className="min-w-0 break-words">{text}</span>
          {action && (
            <button
              type="button"
              className="font-semibold text-accent"
              onClick={() => {
                action.act();
                drop(id);
              }}
            >
              {action.verb}
            </button>
          )}
        </div>
      )),
    [toasts, drop],
  );
  return (
    <Context.Provider value={say}>
      {children}
      <div
        aria-live="polite"
        className="pointer-events-none fixed inset-x-0 bottom-[calc(1rem+var(--bar,0px))] z-50 flex flex-col items-center gap-2 px-4"
      >
        {shown}
      </div>
    </Context.Provider>
  );
}
