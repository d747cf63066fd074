import type { ReactNode } from "react";
import { useSearch } from "wouter";
import { Skeleton } from "../../../ui/bits";
import { ErrorNote } from "../../../ui/ErrorNote";
import { Logo } from "../../../ui/Logo";
import { ThemeButton } from "../../../ui/ThemeButton";
import { providerTold } from "./provider";
import { SignInForm, useOptions } from "./SignInForm";

/** A page with one thing to do, in the middle. */
export function Alone({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="flex items-center justify-between px-4 py-2">
        <a href="/" className="flex rounded-lg py-2">
          <Logo />
        </a>
        <ThemeButton />
      </header>
      <main className="flex grow items-start justify-center px-4 py-8 sm:items-center sm:pb-32">
        <section className="w-full max-w-sm rounded-card border border-line bg-card p-6 shadow-sm">
          <h1 className="mb-4 text-lg font-semibold text-balance">{title}</h1>
          {children}
        </section>
      </main>
    </div>
  );
}

export function SignInPage() {
  const options = useOptions();
  const told = providerTold(useSearch());
  if (options.isPending) {
    return (
      <Alone title="Sign in">
        <Skeleton className="h-60" />
      </Alone>
    );
  }
  if (options.data?.setup) return <Setup />;
  return (
    <Alone title="Sign in">
      {options.error !== null && <ErrorNote error={options.error} />}
      {told !== null && <ErrorNote error={told} />}
      <SignInForm />
    </Alone>
  );
}

/** Nobody can sign in yet: how to become the first owner. */
function Setup() {
  return (
    <Alone title="This server has no owner yet">
      <div className="flex flex-col gap-3 text-sm leading-relaxed">
        <p>The first owner is made by a one-time link. To get one, on the machine of the server:</p>
        <ul className="flex list-disc flex-col gap-2 pl-5">
          <li>
            <code className="rounded bg-raised px-1 py-0.5">streamsync up</code> and{" "}
            <code className="rounded bg-raised px-1 py-0.5">make run</code> print it when they start;
          </li>
          <li>
            <code className="rounded bg-raised px-1 py-0.5">streamsync admin create NAME</code> makes an owner and
            prints the link of that account.
          </li>
        </ul>
        <p>Open the link in this browser and choose a password. This page goes on by itself.</p>
      </div>
    </Alone>
  );
}
