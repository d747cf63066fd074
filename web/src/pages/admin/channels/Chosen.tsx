import { ArrowDown, ArrowUp, X } from "lucide-react";
import { useState } from "react";
import { Button, IconButton } from "../../../ui/Button";
import { Poster } from "../assets/AssetGrid";
import { runtime } from "../words";
import { useAsset } from "./stored";

const AT_ONCE = 24;

type ChosenProps = {
  label: string;
  assets: readonly string[];
  /** Their order matters: they can be moved. */
  ordered?: boolean;
  /** Not to be changed without it. */
  onChange?: (assets: string[]) => void;
};

/** Assets that were chosen, some at first and more of them on demand. */
export function Chosen({ label, assets, ordered = false, onChange }: ChosenProps) {
  const [shown, setShown] = useState(AT_ONCE);
  const move = (from: number, to: number) => {
    const next = [...assets];
    next.splice(to, 0, ...next.splice(from, 1));
    onChange?.(next);
  };
  return (
    <div className="flex flex-col gap-2">
      <ul
        className={
          ordered ? "flex flex-col gap-2" : "grid grid-cols-[repeat(auto-fill,minmax(min(15rem,100%),1fr))] gap-2"
        }
        aria-label={label}
      >
        {assets.slice(0, shown).map((asset, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: one may be there several times, and holds no state
          <li key={`${asset} ${at}`} className="flex min-w-0 items-center gap-2 rounded-lg border border-line p-2">
            <Named asset={asset} />
            {onChange && (
              <span className="flex shrink-0">
                {ordered && (
                  <>
                    <IconButton label="Earlier" disabled={at === 0} onClick={() => move(at, at - 1)}>
                      <ArrowUp size={16} aria-hidden />
                    </IconButton>
                    <IconButton label="Later" disabled={at === assets.length - 1} onClick={() => move(at, at + 1)}>
                      <ArrowDown size={16} aria-hidden />
                    </IconButton>
                  </>
                )}
                <IconButton label="Take it out" onClick={() => onChange(assets.filter((_, one) => one !== at))}>
                  <X size={16} aria-hidden />
                </IconButton>
              </span>
            )}
          </li>
        ))}
      </ul>
      {assets.length > shown && (
        <Button onClick={() => setShown(shown + AT_ONCE)}>
          Show {Math.min(AT_ONCE, assets.length - shown)} more
        </Button>
      )}
    </div>
  );
}

/** An asset by its id: a picture, its title and how long it is. Of a clip `ASSET:FIRST:LAST` the part is told, too. */
export function Named({ asset }: { asset: string }) {
  const [id = asset, ...part] = asset.split(":");
  const { data } = useAsset(id);
  return (
    <>
      <span className="w-16 shrink-0 overflow-hidden rounded">
        <Poster src={data?.poster ?? null} />
      </span>
      <span className="min-w-0 grow text-sm">
        <span className="line-clamp-2 break-words">{data?.title ?? id}</span>
        <span className="text-muted tabular-nums">
          {data ? runtime(data.duration_s) : "\u00a0"}
          {part.length > 0 && `, segments ${part.join(" to ")}`}
          {data && data.state !== "live" && `, ${data.state}`}
        </span>
      </span>
    </>
  );
}
