import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { Button } from "./Button";
import { classes } from "./classes";

export type MenuAction = { verb: string; icon?: ReactNode; danger?: boolean; act: () => void };

const STEPS: Record<string, (at: number, count: number) => number> = {
  ArrowDown: (at, count) => (at + 1) % count,
  ArrowUp: (at, count) => (at - 1 + count) % count,
  Home: () => 0,
  End: (_, count) => count - 1,
};

type ActionMenuProps = { label: string; button: ReactNode; about?: ReactNode; actions: readonly MenuAction[] };

/** A button with a menu of things to do, below it. Arrow keys, Home, End, Escape. */
export function ActionMenu({ label, button, about, actions }: ActionMenuProps) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const around = useRef<HTMLDivElement>(null);
  const items = () => [...(around.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
  useEffect(() => {
    if (!open) return;
    around.current?.querySelector<HTMLElement>("[role=menuitem]")?.focus();
    const outside = (event: PointerEvent) => {
      if (event.target instanceof Node && !around.current?.contains(event.target)) setOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open]);
  const close = () => {
    setOpen(false);
    around.current?.querySelector<HTMLElement>("[aria-haspopup]")?.focus();
  };
  const pressed = (event: KeyboardEvent) => {
    const [all, step] = [items(), STEPS[event.key]];
    if (step) all[step(all.indexOf(document.activeElement as HTMLElement), all.length)]?.focus();
    else if (event.key === "Escape") close();
    else if (event.key === "Tab") return setOpen(false);
    else return;
    event.preventDefault();
  };
  return (
    <div ref={around} className="relative">
      <Button
        look="quiet"
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        className="min-w-10 px-2"
        onClick={() => setOpen(!open)}
      >
        {button}
      </Button>
      {open && (
        <div className="absolute top-full right-0 z-40 mt-1 w-60 rounded-card border border-line bg-card p-2 shadow-xl">
          {about}
          <div id={id} role="menu" tabIndex={-1} aria-label={label} onKeyDown={pressed}>
            {actions.map(({ verb, icon, danger, act }) => (
              <button
                key={verb}
                type="button"
                role="menuitem"
                tabIndex={-1}
                onClick={() => {
                  close();
                  act();
                }}
                className={classes(
                  "flex min-h-10 w-full items-center gap-3 rounded-lg px-2 text-left text-sm hover:bg-raised",
                  danger && "text-bad",
                )}
              >
                {icon}
                {verb}
              </button>
            ))}
          </div>
        </div>
      )}
    </div>
  );
}
