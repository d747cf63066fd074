import type { FormEvent, ReactNode } from "react";
import { Button } from "../../../ui/Button";
import { Dialog } from "../../../ui/Dialog";
import { ErrorNote } from "../../../ui/ErrorNote";
import { useAttempt } from "../../../ui/useAttempt";

type FormDialogProps = {
  title: string;
  verb: string;
  children: ReactNode;
  /** What fails is told in the dialog, which stays with all that was typed. */
  onSend: () => Promise<void>;
  onClose: () => void;
};

/** A form in a dialog. */
export function FormDialog({ title, verb, children, onSend, onClose }: FormDialogProps) {
  const { busy, error, attempt } = useAttempt();
  const send = (event: FormEvent) => {
    event.preventDefault();
    void attempt(onSend);
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={send} className="flex flex-col gap-4">
        {children}
        {error !== null && <ErrorNote error={error} />}
        <footer className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={busy}>
            {verb}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
