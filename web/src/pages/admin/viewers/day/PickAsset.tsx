import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../../../../api/client";
import { Empty } from "../../../../ui/bits";
import { Dialog } from "../../../../ui/Dialog";
import { TextField } from "../../../../ui/Field";
import { Poster } from "../../assets/AssetGrid";
import { Loaded } from "../../parts/Loaded";
import { useSettled } from "../../parts/useSettled";
import { runtime } from "../../words";

const SHOWN = 100;

type PickAssetProps = { title: string; onPick: (asset: string) => void; onClose: () => void };

/** Chooses an asset, by what is looked for. */
export function PickAsset({ title, onPick, onClose }: PickAssetProps) {
  const [typed, setTyped] = useState("");
  const text = useSettled(typed.trim());
  const found = useQuery({
    queryKey: ["asset", "pick", text],
    queryFn: () =>
      answer(api.GET("/assets", { params: { query: { text, state: ["live"], sort: "newest", limit: SHOWN } } })),
    placeholderData: (before) => before,
  });
  return (
    <Dialog title={title} onClose={onClose}>
      <TextField
        label="Look for an asset"
        type="search"
        maxLength={200}
        placeholder="title, file, description or id"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <div className="h-80 overflow-y-auto">
        <Loaded query={found} rows={5}>
          {({ assets }) =>
            assets.length === 0 ? (
              <Empty title="No asset fits" />
            ) : (
              <ul className="flex flex-col">
                {assets.map(({ id, title: name, duration_s, poster }) => (
                  <li key={id}>
                    <button
                      type="button"
                      onClick={() => onPick(id)}
                      className="flex w-full items-center gap-3 rounded-lg p-1.5 text-left hover:bg-raised"
                    >
                      <span className="w-20 shrink-0 overflow-hidden rounded">
                        <Poster src={poster} />
                      </span>
                      <span className="min-w-0 grow truncate text-sm font-medium">{name}</span>
                      <span className="text-sm text-muted tabular-nums">{runtime(duration_s)}</span>
                    </button>
                  </li>
                ))}
              </ul>
            )
          }
        </Loaded>
      </div>
    </Dialog>
  );
}
