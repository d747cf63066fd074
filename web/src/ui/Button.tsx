import type { ButtonHTMLAttributes, ReactNode } from "react";
import { classes } from "./classes";

const LOOKS = {
  primary: "bg-accent-fill text-on-accent hover:brightness-110",
  plain: "border border-line bg-card text-ink hover:bg-raised",
  quiet: "text-ink hover:bg-raised",
  danger: "bg-bad-fill text-white hover:brightness-110",
} as const;

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & {
  look?: keyof typeof LOOKS;
  /** Shows that it is under way, and takes no second click. */
  busy?: boolean;
};

export function Button({ look = "plain", busy = false, className, disabled, children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      aria-busy={busy || undefined}
      disabled={disabled || busy}
      className={classes(
        "inline-flex min-h-10 items-center justify-center gap-2 rounded-lg px-4 py-2 text-sm font-medium transition",
        "disabled:opacity-55",
        busy && "animate-pulse",
        LOOKS[look],
        className,
      )}
      {...rest}
    >
      {children}
    </button>
  );
}

/** A button that shows only an icon: `label` is what it is called. */
export function IconButton({
  label,
  className,
  children,
  ...rest
}: ButtonProps & { label: string; children: ReactNode }) {
  return (
    <Button look="quiet" aria-label={label} title={label} className={classes("min-w-10 px-2", className)} {...rest}>
      {children}
    </Button>
  );
}
