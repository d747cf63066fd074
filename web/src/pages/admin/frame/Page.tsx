import { ArrowLeft } from "lucide-react";
import { type ReactNode, useEffect } from "react";
import { Link } from "wouter";

type PageProps = {
  title: string;
  /** Where the page belongs to, above its title. */
  from?: { path: string; title: string };
  actions?: ReactNode;
  children: ReactNode;
};

/** A page of the dashboard: its title, also in the tab, and what can be done. */
export function Page({ title, from, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · StreamSync`;
  }, [title]);
  return (
    <div className="flex flex-col gap-4">
      <header className="flex min-h-10 flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <div className="min-w-0">
          {from && (
            <Link
              href={from.path}
              className="-ml-1 inline-flex min-h-10 items-center gap-1 rounded-lg px-1 text-sm text-muted hover:text-ink"
            >
              <ArrowLeft size={14} aria-hidden />
              {from.title}
            </Link>
          )}
          <h1 className="text-xl font-semibold tracking-tight break-words">{title}</h1>
        </div>
        {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  );
}
