import { X } from "lucide-react";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useRef, useState } from "react";
import { IconButton } from "./Button";
import { classes } from "./classes";

type Action = { verb: string; act: () => void };
type Toast = { id: number; text: string; bad: boolean; action: Action | null };
type Say = (text: string, more?: { bad?: boolean; action?: Action }) => void;

const AT_ONCE = 4;
const LEAST_MS = 6000;
const LETTER_MS = 80; // half of how fast people read: they look at something else first
const TO_ACT_MS = 12_000;
const Context = createContext<Say>(() => undefined);

/** Says that something was done, perhaps with a way to undo it; or, until it is taken away, that it was not (`bad`). */
export function useToast(): Say {
  return useContext(Context);
}

export function Toasts({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<Toast[]>([]);
  const next = useRef(0);
  const say = useCallback<Say>((text, { bad = false, action } = {}) => {
    next.current += 1;
    const toast = { id: next.current, text, bad, action: action ?? null };
    setToasts((all) => [...all.slice(1 - AT_ONCE), toast]);
  }, []);
  const drop = useCallback((id: number) => setToasts((all) => all.filter((one) => one.id !== id)), []);
  return (
    <Context.Provider value={say}>
      {children}
      <div
        aria-live="polite"
        className="pointer-events-none fixed inset-x-0 bottom-[calc(1rem+var(--bar,0px)+env(safe-area-inset-bottom))] z-50 flex flex-col items-center gap-2 px-4"
      >
        {toasts.map((toast) => (
          <Shown key={toast.id} toast={toast} onGone={drop} />
        ))}
      </div>
    </Context.Provider>
  );
}

/** How long something is shown, ms; null: until it is taken away. */
function lasting({ text, bad, action }: Toast): number | null {
  if (bad) return null;
  return Math.max(action === null ? LEAST_MS : TO_ACT_MS, text.length * LETTER_MS);
}

/** It stays while one is on it. */
function Shown({ toast, onGone }: { toast: Toast; onGone: (id: number) => void }) {
  const { id, text, bad, action } = toast;
  const [held, setHeld] = useState(false);
  const ms = lasting(toast);
  useEffect(() => {
    if (held || ms === null) return;
    const over = setTimeout(() => onGone(id), ms);
    return () => clearTimeout(over);
  }, [held, ms, id, onGone]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it is read; the buttons in it do something
    <div
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
      className={classes(
        "pointer-events-auto flex max-w-full items-center gap-2 rounded-lg border bg-card py-1.5 pr-1.5 pl-4 text-sm shadow-lg sm:max-w-2xl",
        bad ? "border-bad" : "border-line",
      )}
    >
      <span role={bad ? "alert" : undefined} className="min-w-0 py-1.5 break-words">
        {text}
      </span>
      {action && (
        <button
          type="button"
          className="min-h-10 rounded-lg px-3 font-semibold text-accent hover:bg-raised"
          onClick={() => {
            action.act();
            onGone(id);
          }}
        >
          {action.verb}
        </button>
      )}
      <IconButton label="Take this note away" onClick={() => onGone(id)}>
        <X size={16} aria-hidden />
      </IconButton>
    </div>
  );
}
