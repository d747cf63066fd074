import { Skeleton } from "../../../ui/bits";
import { ErrorNote } from "../../../ui/ErrorNote";
import { Logo } from "../../../ui/Logo";

/** Until the server has said who this is. */
export function Starting({ error }: { error: unknown }) {
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="flex h-14 items-center border-b border-line px-4">
        <Logo />
      </header>
      <main className="mx-auto w-full max-w-7xl grow p-4 lg:p-6">
        {error !== null && (
          <div className="mb-4">
            <ErrorNote error={error} action={<span className="text-muted">Trying again …</span>} />
          </div>
        )}
        <PageSkeleton />
      </main>
    </div>
  );
}

/** A page that is being loaded. */
export function PageSkeleton() {
  return (
    <div className="flex flex-col gap-4" role="status" aria-label="Loading">
      <Skeleton className="h-9 w-48" />
      <Skeleton className="h-40" />
      <Skeleton className="h-64" />
    </div>
  );
}
