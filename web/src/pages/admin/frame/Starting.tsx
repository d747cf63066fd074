import { Skeleton } from "../../../ui/bits";
import { ErrorNote } from "../../../ui/ErrorNote";
import { Shell } from "./Shell";

/** Until the server has said who this is. */
export function Starting({ error }: { error: unknown }) {
  return (
    <Shell>
      {error !== null && (
        <div className="mb-4">
          <ErrorNote error={error} action={<span className="text-muted">Trying again …</span>} />
        </div>
      )}
      <PageSkeleton />
    </Shell>
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
