import { CircleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { failureText } from "./words";

/** What went wrong, where it went wrong; `action` is what to do about it. */
export function ErrorNote({ error, action }: { error: unknown; action?: ReactNode }) {
  const text = failureText(error);
  return (
    <div
      role="alert"
      className="flex items-start gap-2 rounded-lg border border-bad/40 bg-bad/10 p-3 text-sm text-ink"
    >
      <CircleAlert size={18} className="mt-0.5 shrink-0 text-bad" aria-hidden />
      <span className="min-w-0 grow break-words">{text}</span>
      {action}
    </div>
  );
}
