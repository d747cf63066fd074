import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

type TroubleProps = {
  icon: LucideIcon;
  title: string;
  /** What to do, or what happens by itself. */
  children: ReactNode;
  action?: ReactNode;
};

/** A calm page for what stands in the way; screen readers are told when it changes. */
export function Trouble({ icon: Icon, title, children, action }: TroubleProps) {
  return (
    <div role="status" className="flex h-full flex-col items-center justify-center gap-3 p-6 text-center">
      <Icon size={36} strokeWidth={1.5} className="text-muted" aria-hidden />
      <h2 className="text-xl font-semibold text-balance">{title}</h2>
      <div className="max-w-prose text-sm leading-relaxed text-pretty text-muted">{children}</div>
      {action}
    </div>
  );
}
