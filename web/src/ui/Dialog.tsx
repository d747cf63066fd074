import { X } from "lucide-react";
import { type ReactNode, useEffect } from "react";
import { Button, IconButton } from "./Button";
import { ErrorNote } from "./ErrorNote";
import { useAttempt } from "./useAttempt";
import { useModal } from "./useModal";

const FIELDS = ":is(input:not([type=checkbox], [type=radio], [type=file], [hidden], [readonly]), textarea)";

/** A modal dialog: the browser's own, so focus, Escape and screen readers are right. Shown while it is rendered. */
export function Dialog({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  const { dialog, titleId, attributes } = useModal(onClose);
  useEffect(() => {
    const shown = dialog.current;
    // Not the button that closes it, which comes first: what is to be filled in.
    const fields = [...(shown?.querySelectorAll<HTMLInputElement>(FIELDS) ?? [])];
    (fields.find(({ value }) => value === "") ?? fields[0])?.focus();
  }, [dialog]);
  return (
    <dialog
      ref={dialog}
      {...attributes}
      className="w-[min(36rem,calc(100vw-2rem))] rounded-card border border-line bg-card p-0 text-ink shadow-2xl backdrop:bg-black/60"
    >
      <div className="flex items-center justify-between gap-4 border-b border-line py-2 pr-2 pl-5">
        <h2 id={titleId} className="text-base font-semibold">
          {title}
        </h2>
        <IconButton label="Close" onClick={onClose}>
          <X size={18} aria-hidden />
        </IconButton>
      </div>
      <div className="flex flex-col gap-4 p-5">{children}</div>
    </dialog>
  );
}

type ConfirmProps = {
  title: string;
  /** What is going to happen, and whether it can be undone. */
  children: ReactNode;
  /** What the button says: the verb. */
  verb: string;
  danger?: boolean;
  /** Its error is shown in the dialog, which stays. */
  onConfirm: () => Promise<void>;
  onClose: () => void;
};

/** Asks before something that matters. */
export function Confirm({ title, children, verb, danger = false, onConfirm, onClose }: ConfirmProps) {
  const { busy, error, attempt } = useAttempt();
  const confirmed = () =>
    attempt(async () => {
      await onConfirm();
      onClose();
    });
  return (
    <Dialog title={title} onClose={onClose}>
      <div className="text-sm leading-relaxed">{children}</div>
      {error !== null && <ErrorNote error={error} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button look={danger ? "danger" : "primary"} busy={busy} onClick={confirmed}>
          {verb}
        </Button>
      </div>
    </Dialog>
  );
}
