import { X } from "lucide-react";
import { type ReactNode, useEffect } from "react";
import { IconButton } from "./Button";
import { useModal } from "./useModal";

/** A dialog from the bottom edge, as wide as the screen. A tap beside it closes it. Shown while it is rendered. */
export function Drawer({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  const { dialog, titleId, attributes } = useModal(onClose);
  useEffect(() => {
    const shown = dialog.current;
    // A tap on the backdrop is one on the dialog itself, not on what it holds.
    const tapped = (event: MouseEvent) => event.target === shown && onClose();
    shown?.addEventListener("click", tapped);
    return () => shown?.removeEventListener("click", tapped);
  }, [dialog, onClose]);
  return (
    <dialog
      ref={dialog}
      {...attributes}
      className="mx-0 mt-auto mb-0 max-h-[80dvh] w-full max-w-none rounded-t-card border-t border-line bg-card p-0 text-ink backdrop:bg-black/60"
    >
      <div className="flex flex-col gap-0.5 p-3 pb-[max(0.75rem,env(safe-area-inset-bottom))]">
        <div className="flex items-center justify-between pl-3">
          <h2 id={titleId} className="text-sm font-semibold">
            {title}
          </h2>
          <IconButton label="Close" onClick={onClose}>
            <X size={18} aria-hidden />
          </IconButton>
        </div>
        {children}
      </div>
    </dialog>
  );
}
