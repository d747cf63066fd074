import type { ReactNode } from "react";
import { Logo } from "../../ui/Logo";
import { ThemeButton } from "../../ui/ThemeButton";

/** What stands around the public pages. */
export function Frame({ children }: { children: ReactNode }) {
  return (
    <>
      <a
        href="#main"
        className="absolute top-2 left-2 z-50 -translate-y-16 rounded-lg bg-accent-fill px-4 py-2 text-on-accent focus:translate-y-0"
      >
        Skip to the content
      </a>
      <header className="frame-edge flex h-14 items-center justify-between gap-4 phone-flat:hidden">
        <a href="/" className="flex min-h-10 items-center rounded-lg pr-2">
          <Logo />
        </a>
        <ThemeButton />
      </header>
      <main id="main" className="frame-edge pb-10 phone-flat:px-0! phone-flat:pb-0">
        {children}
      </main>
    </>
  );
}
