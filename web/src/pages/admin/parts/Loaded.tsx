import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Button } from "../../../ui/Button";
import { Skeleton } from "../../../ui/bits";
import { ErrorNote } from "../../../ui/ErrorNote";

type LoadedProps<T> = { query: UseQueryResult<T>; rows?: number; children: (data: T) => ReactNode };

/** What was asked for: its place while it comes, what went wrong, or what came. What is there stays while it is renewed. */
export function Loaded<T>({ query, rows = 3, children }: LoadedProps<T>) {
  const { data, error, refetch, isFetching } = query;
  const again = (
    <Button busy={isFetching} onClick={() => refetch()}>
      Try again
    </Button>
  );
  if (data === undefined) {
    if (error !== null) return <ErrorNote error={error} action={again} />;
    return (
      <div className="flex flex-col gap-2" aria-hidden>
        {Array.from({ length: rows }, (_, row) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same
          <Skeleton key={row} className="h-14" />
        ))}
      </div>
    );
  }
  return (
    <>
      {error !== null && <ErrorNote error={error} action={again} />}
      {children(data)}
    </>
  );
}
