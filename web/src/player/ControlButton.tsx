import type { ComponentProps } from "react";
import { classes } from "../ui/classes";

/** A button over the picture: an icon, named by `label`. */
export function ControlButton({ label, className, ...rest }: ComponentProps<"button"> & { label: string }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={classes(
        "inline-flex size-10 shrink-0 items-center justify-center rounded-lg transition hover:bg-white/20",
        "pointer-coarse:size-11",
        className,
      )}
      {...rest}
    />
  );
}
