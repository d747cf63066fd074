import { Check } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useCallback, useEffect, useId, useRef, useState } from "react";
import { classes } from "../ui/classes";
import { ControlButton } from "./ControlButton";
import { useOutside } from "./hooks";
import { rootOf } from "./roots";

export type Choice = { value: number; label: string; hint?: string };
export type ChoiceGroup = {
  label: string;
  choices: readonly Choice[];
  chosen: number;
  onChoose: (value: number) => void;
};

type MenuProps = {
  label: string;
  icon: ReactNode;
  groups: readonly ChoiceGroup[];
  onOpen: (open: boolean) => void;
};

const STEPS: Record<string, (at: number, count: number) => number> = {
  ArrowDown: (at, count) => (at + 1) % count,
  ArrowUp: (at, count) => (at - 1 + count) % count,
  Home: () => 0,
  End: (_, count) => count - 1,
};

/** A button with a menu of groups, in each of which one choice holds. Arrow keys, Home, End, Escape. */
export function Menu({ label, icon, groups, onOpen }: MenuProps) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const show = useCallback(
    (shown: boolean) => {
      setOpen(shown);
      onOpen(shown);
    },
    [onOpen],
  );
  const close = () => {
    show(false);
    button.current?.focus();
  };
  useEffect(() => {
    if (open) menu.current?.querySelector<HTMLElement>("[aria-checked=true], [role=menuitemradio]")?.focus();
  }, [open]);
  useOutside(
    box,
    open,
    useCallback(() => show(false), [show]),
  );
  const pressed = (event: KeyboardEvent<HTMLElement>) => {
    const items = [...(menu.current?.querySelectorAll<HTMLElement>("[role=menuitemradio]") ?? [])];
    const step = STEPS[event.key];
    const at = rootOf(event.currentTarget).activeElement as HTMLElement;
    if (step) items[step(items.indexOf(at), items.length)]?.focus();
    else if (event.key === "Escape") close();
    else if (event.key === "Tab") return show(false);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div ref={box} className="relative">
      <ControlButton
        ref={button}
        label={label}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => show(!open)}
        onKeyDown={(event) => {
          if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
          event.preventDefault();
          show(true);
        }}
      >
        {icon}
      </ControlButton>
      {open && (
        <div
          ref={menu}
          id={id}
          role="menu"
          tabIndex={-1}
          aria-label={label}
          onKeyDown={pressed}
          className="player-panel absolute right-0 bottom-full mb-2 w-56 overflow-y-auto p-2"
        >
          {groups.map((group) => (
            <Group key={group.label} group={group} onDone={close} />
          ))}
        </div>
      )}
    </div>
  );
}

function Group({ group, onDone }: { group: ChoiceGroup; onDone: () => void }) {
  const id = useId();
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is no part of a menu
    <div
      role="group"
      aria-labelledby={id}
      className="not-first:mt-2 not-first:border-t not-first:border-line not-first:pt-2"
    >
      <p id={id} className="px-2 py-1 text-xs font-semibold text-muted">
        {group.label}
      </p>
      {group.choices.map(({ value, label, hint }) => (
        <button
          key={value}
          type="button"
          role="menuitemradio"
          aria-checked={value === group.chosen}
          tabIndex={-1}
          onClick={() => {
            group.onChoose(value);
            onDone();
          }}
          className="flex min-h-10 w-full items-center gap-2 rounded-lg px-2 text-left text-sm hover:bg-raised"
        >
          <Check size={16} aria-hidden className={classes("shrink-0", value !== group.chosen && "invisible")} />
          <span className="grow">{label}</span>
          {hint && <span className="text-xs text-muted">{hint}</span>}
        </button>
      ))}
    </div>
  );
}
