import { useInfiniteQuery } from "@tanstack/react-query";
import { Check, Plus } from "lucide-react";
import { useDeferredValue, useEffect, useState } from "react";
import { answer, api } from "../../../api/client";
import type { AssetView } from "../../../api/schema";
import { Button } from "../../../ui/Button";
import { TextField } from "../../../ui/Field";
import { Poster } from "../assets/AssetGrid";
import { Loaded } from "../parts/Loaded";
import { runtime } from "../words";

const FILLER = "filler"; // the tag of idents
const FEW = 5;

type AssetFinderProps = {
  label: string;
  /** Of those that have it only. */
  tag?: string;
  /** Those that cannot be added once more. */
  has?: (asset: string) => boolean;
  onAdd: (asset: string) => void;
};

/** Looks for assets that can be on air, to add them to something. */
export function AssetFinder({ label, tag, has, onAdd }: AssetFinderProps) {
  const [text, setText] = useState("");
  const found = useLive(useDeferredValue(text.trim()), tag);
  const { data, hasNextPage, isFetching, fetchNextPage } = found;
  const shown = wanted(data?.pages.flatMap((page) => page.assets) ?? [], tag).length;
  // Pages of nothing but idents are passed over.
  useEffect(() => {
    if (shown < FEW && hasNextPage && !isFetching) void fetchNextPage();
  }, [shown, hasNextPage, isFetching, fetchNextPage]);
  return (
    <div className="flex flex-col gap-2">
      <TextField
        label={label}
        type="search"
        maxLength={200}
        placeholder="title, file, description or id"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <Loaded query={found}>
        {({ pages }) => {
          const assets = wanted(
            pages.flatMap((page) => page.assets),
            tag,
          );
          if (assets.length === 0 && !found.hasNextPage)
            return <p className="py-3 text-sm text-muted">No asset fits.</p>;
          return (
            <ul className="flex max-h-64 flex-col overflow-y-auto rounded-lg border border-line" aria-label="Found">
              {assets.map((asset) => (
                <Found key={asset.id} asset={asset} added={has?.(asset.id) ?? false} onAdd={() => onAdd(asset.id)} />
              ))}
              {found.hasNextPage && (
                <li className="p-2">
                  <Button className="w-full" busy={found.isFetchingNextPage} onClick={() => found.fetchNextPage()}>
                    Show more
                  </Button>
                </li>
              )}
            </ul>
          );
        }}
      </Loaded>
    </div>
  );
}

/** Idents are not what people look for, but where they look for idents. */
function wanted(assets: AssetView[], tag: string | undefined): AssetView[] {
  return tag === FILLER ? assets : assets.filter((one) => !one.tags.includes(FILLER));
}

function useLive(text: string, tag: string | undefined) {
  return useInfiniteQuery({
    queryKey: ["asset", "list", "live", text, tag ?? ""],
    queryFn: ({ pageParam }) => {
      const query = {
        text,
        limit: 100,
        whole: false,
        sort: "newest" as const,
        state: ["live" as const],
        ...(tag !== undefined && { tag: [tag] }),
        ...(pageParam && { after: pageParam }),
      };
      return answer(api.GET("/assets", { params: { query } }));
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: (before) => before,
  });
}

function Found({ asset, added, onAdd }: { asset: AssetView; added: boolean; onAdd: () => void }) {
  return (
    <li className="flex items-center gap-3 border-b border-line p-2 text-sm last:border-0">
      <span className="w-16 shrink-0 overflow-hidden rounded">
        <Poster src={asset.poster} />
      </span>
      <span className="min-w-0 grow">
        <span className="line-clamp-2 break-words">{asset.title}</span>
        <span className="text-muted tabular-nums">{runtime(asset.duration_s)}</span>
      </span>
      <Button
        className="px-3"
        disabled={added}
        aria-label={`${added ? "Added" : "Add"} ${asset.title}`}
        onClick={onAdd}
      >
        {added ? <Check size={16} aria-hidden /> : <Plus size={16} aria-hidden />}
        {added ? "Added" : "Add"}
      </Button>
    </li>
  );
}
