import { type DialogHTMLAttributes, type RefObject, useEffect, useId, useRef } from "react";

type Modal = {
  dialog: RefObject<HTMLDialogElement | null>;
  /** Of the element that says what the dialog is called. */
  titleId: string;
  /** What the dialog element is given. */
  attributes: Pick<DialogHTMLAttributes<HTMLDialogElement>, "aria-labelledby" | "onCancel">;
};

/** A dialog element that is modal for as long as it is rendered; Escape is a wish to close it. */
export function useModal(onClose: () => void): Modal {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const shown = dialog.current;
    if (shown && !shown.open) shown.showModal();
    return () => shown?.close();
  }, []);
  const onCancel: Modal["attributes"]["onCancel"] = (event) => {
    event.preventDefault();
    onClose();
  };
  return { dialog, titleId, attributes: { "aria-labelledby": titleId, onCancel } };
}
