import { useInfiniteQuery } from "@tanstack/react-query";
import { Film } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { Link } from "wouter";
import { answer, api } from "../../../api/client";
import type { AssetView } from "../../../api/schema";
import { Button } from "../../../ui/Button";
import { Badge, Skeleton } from "../../../ui/bits";
import { ErrorNote } from "../../../ui/ErrorNote";
import { keys } from "../keys";
import { runtime } from "../words";

export type Sought = { text: string; tags: readonly string[]; state: "live" | "retired" | "deleted" | "" };

const PAGE = 48;
const GRID =
  "grid grid-cols-[repeat(auto-fill,minmax(min(10.5rem,45%),1fr))] gap-3 sm:gap-4 xl:grid-cols-[repeat(auto-fill,minmax(14rem,1fr))] xl:gap-5";

function useAssets({ text, tags, state }: Sought) {
  return useInfiniteQuery({
    queryKey: keys.asset.list(text, tags, state),
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) => {
      const query = {
        sort: "newest" as const,
        limit: PAGE,
        text,
        tag: [...tags],
        state: state === "" ? [] : [state],
        ...(pageParam !== null && { after: pageParam }),
      };
      return answer(api.GET("/assets", { params: { query } }));
    },
    getNextPageParam: (page) => page.next ?? null,
    placeholderData: (before) => before,
  });
}

/** Assets, the newest first; more of them as one scrolls. */
export function AssetGrid({ sought, empty }: { sought: Sought; empty: ReactNode }) {
  const found = useAssets(sought);
  const assets = found.data?.pages.flatMap((page) => page.assets) ?? [];
  if (found.isPending) return <GridSkeleton />;
  if (found.error !== null && assets.length === 0) {
    return <ErrorNote error={found.error} action={<Button onClick={() => found.refetch()}>Try again</Button>} />;
  }
  if (assets.length === 0) return empty;
  return (
    <>
      {found.error !== null && <ErrorNote error={found.error} />}
      <ul className={GRID} aria-busy={found.isPlaceholderData}>
        {assets.map((asset) => (
          <li key={asset.id} className="min-w-0">
            <AssetCard asset={asset} />
          </li>
        ))}
      </ul>
      {found.hasNextPage && <More busy={found.isFetchingNextPage} onMore={() => void found.fetchNextPage()} />}
    </>
  );
}

/** A button that presses itself when one has scrolled to it. */
function More({ busy, onMore }: { busy: boolean; onMore: () => void }) {
  const here = useRef<HTMLDivElement>(null);
  const more = useRef(onMore);
  more.current = onMore;
  useEffect(() => {
    if (busy || here.current === null) return;
    const seen = new IntersectionObserver((entries) => entries.some((one) => one.isIntersecting) && more.current(), {
      rootMargin: "400px",
    });
    seen.observe(here.current);
    return () => seen.disconnect();
  }, [busy]);
  return (
    <div ref={here} className="flex justify-center">
      <Button busy={busy} onClick={onMore}>
        More assets
      </Button>
    </div>
  );
}

function AssetCard({ asset }: { asset: AssetView }) {
  const { id, title, state, duration_s, tags } = asset;
  return (
    <Link
      href={`/assets/${id}`}
      className="group flex h-full flex-col overflow-hidden rounded-card border border-line bg-card transition hover:border-accent"
    >
      <span className="relative block">
        <Poster src={asset.poster} />
        <span className="absolute right-1.5 bottom-1.5 rounded bg-black/75 px-1.5 py-0.5 text-xs font-medium text-white tabular-nums">
          {runtime(duration_s)}
        </span>
      </span>
      <span className="flex grow flex-col gap-1.5 p-2.5">
        <span className="line-clamp-2 text-sm font-medium break-words" title={title}>
          {title}
        </span>
        <span className="flex flex-wrap gap-1">
          {state !== "live" && <Badge tone={state === "retired" ? "warn" : "bad"}>{state}</Badge>}
          {tags.slice(0, 3).map((tag) => (
            <Badge key={tag}>{tag}</Badge>
          ))}
          {tags.length > 3 && <Badge>+{tags.length - 3}</Badge>}
        </span>
      </span>
    </Link>
  );
}

/** A picture of an asset, or the sign that there is none. */
export function Poster({ src }: { src: string | null }) {
  const [broken, setBroken] = useState(false);
  return (
    <span className="flex aspect-video w-full items-center justify-center overflow-hidden bg-raised text-muted">
      {src === null || broken ? (
        <Film size={28} strokeWidth={1.5} aria-hidden />
      ) : (
        <img src={src} alt="" loading="lazy" className="size-full object-cover" onError={() => setBroken(true)} />
      )}
    </span>
  );
}

function GridSkeleton() {
  return (
    <div className={GRID} role="status" aria-label="Loading">
      {Array.from({ length: 12 }, (_, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same
        <Skeleton key={at} className="aspect-[16/14]" />
      ))}
    </div>
  );
}
