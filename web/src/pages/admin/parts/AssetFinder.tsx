import { useInfiniteQuery } from "@tanstack/react-query";
import { Check, Plus } from "lucide-react";
import { useState } from "react";
import { answer, api } from "../../../api/client";
import type { AssetView } from "../../../api/schema";
import { Button } from "../../../ui/Button";
import { TextField } from "../../../ui/Field";
import { Poster } from "../assets/AssetGrid";
import { keys } from "../keys";
import { runtime } from "../words";
import { Loaded } from "./Loaded";
import { useSettled } from "./useSettled";

const FILLER = "filler"; // the tag of idents

type AssetFinderProps = {
  label: string;
  /** What is done with one that was found. */
  verb?: "Add" | "Choose";
  /** Of those that have it only. */
  tag?: string;
  /** Those that cannot be added once more. */
  has?: (asset: string) => boolean;
  onPick: (asset: string) => void;
};

/** Looks for assets that can be on air. Idents are not what people look for, but where they look for idents. */
export function AssetFinder({ label, verb = "Add", tag, has, onPick }: AssetFinderProps) {
  const [text, setText] = useState("");
  const found = useLive(useSettled(text.trim()), tag);
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
          const assets = pages.flatMap((page) => page.assets);
          if (assets.length === 0) return <p className="py-3 text-sm text-muted">No asset fits.</p>;
          return (
            <ul
              className="flex max-h-72 flex-col overflow-y-auto rounded-lg border border-line"
              aria-label="Found"
              aria-busy={found.isPlaceholderData}
            >
              {assets.map((asset) => (
                <Found
                  key={asset.id}
                  asset={asset}
                  verb={verb}
                  added={has?.(asset.id) ?? false}
                  onPick={() => onPick(asset.id)}
                />
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

function useLive(text: string, tag: string | undefined) {
  return useInfiniteQuery({
    queryKey: keys.asset.list("live", text, tag ?? ""),
    queryFn: ({ pageParam }) => {
      const query = {
        text,
        limit: 100,
        sort: "newest" as const,
        state: ["live" as const],
        ...(tag !== undefined && { tag: [tag] }),
        ...(tag !== FILLER && { no_tag: [FILLER] }),
        ...(pageParam && { after: pageParam }),
      };
      return answer(api.GET("/assets", { params: { query } }));
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: (before) => before,
  });
}

type FoundProps = { asset: AssetView; verb: string; added: boolean; onPick: () => void };

function Found({ asset, verb, added, onPick }: FoundProps) {
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
        aria-label={`${added ? "Added" : verb} ${asset.title}`}
        onClick={onPick}
      >
        {added ? <Check size={16} aria-hidden /> : verb === "Add" && <Plus size={16} aria-hidden />}
        {added ? "Added" : verb}
      </Button>
    </li>
  );
}
