import type { ReactNode } from "react";
import { Logo } from "../../../ui/Logo";

type ShellProps = { logo?: ReactNode; places?: ReactNode; actions?: ReactNode; bar?: ReactNode; children: ReactNode };

/** Where the parts of the frame are, also before it is known what is in them: so nothing moves when it is. */
export function Shell({ logo = <Logo />, places, actions, bar, children }: ShellProps) {
  return (
    <div className="min-h-dvh lg:grid lg:grid-cols-[14rem_minmax(0,1fr)]">
      <a
        href="#page"
        className="sr-only z-50 rounded-lg bg-card px-4 py-2 focus:not-sr-only focus:absolute focus:top-2 focus:left-2"
      >
        To the page
      </a>
      <aside className="sticky top-0 hidden h-dvh flex-col border-r border-line bg-card lg:flex">
        <div className="flex h-14 shrink-0 items-center px-5">{logo}</div>
        {places && (
          <nav aria-label="Pages" className="flex flex-col gap-0.5 overflow-y-auto p-3">
            {places}
          </nav>
        )}
      </aside>
      <div className="flex min-h-dvh min-w-0 flex-col">
        <header className="sticky top-0 z-30 flex h-14 items-center gap-1 border-b border-line bg-page/90 px-4 backdrop-blur lg:px-6">
          <div className="flex lg:hidden">{logo}</div>
          <span className="grow" />
          {actions}
        </header>
        <main id="page" tabIndex={-1} className="mx-auto w-full max-w-[110rem] grow p-4 pb-24 outline-none lg:p-6">
          {children}
        </main>
      </div>
      {bar}
    </div>
  );
}
