import { useQuery } from "@tanstack/react-query";
import { useId } from "react";
import { keys } from "../keys";

/** What a change would do: asked once for each `of`, and by `refetch`, never by itself. */
export function useDryRun<T>(of: readonly unknown[], ask: () => Promise<T>) {
  const id = useId();
  return useQuery({
    queryKey: keys.dryRun(id, ...of),
    queryFn: ask,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchInterval: false,
  });
}
