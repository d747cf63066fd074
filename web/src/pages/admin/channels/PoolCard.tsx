import { useState } from "react";
import { Badge, Card } from "../../../ui/bits";
import { useMay } from "../session/session";
import { Choice } from "./Choice";
import { Chosen } from "./Chosen";
import { PoolByHand } from "./PoolByHand";
import { PoolByQuery } from "./PoolByQuery";
import type { Channel } from "./stored";

const KINDS = { hand: "Assets by hand", query: "Follows what is said of assets" } as const;

/** The assets that a channel draws from. */
export function PoolCard({ channel }: { channel: Channel }) {
  const stored = channel.query ? "query" : "hand";
  const [chosen, setChosen] = useState<keyof typeof KINDS | null>(null);
  const kind = chosen ?? stored;
  const mayEdit = useMay("editor");
  const assets = channel.revisions.at(-1)?.assets ?? [];
  return (
    <Card
      title="Pool"
      actions={
        <Badge>
          {assets.length} {assets.length === 1 ? "asset" : "assets"}
        </Badge>
      }
    >
      <div className="flex flex-col gap-4">
        {mayEdit ? (
          <Choice label="Which assets" value={kind} options={KINDS} onChange={setChosen} />
        ) : (
          <p className="text-sm text-muted">{KINDS[kind]}</p>
        )}
        {!mayEdit ? (
          <Chosen label="Assets in the pool" assets={assets} />
        ) : kind === "hand" ? (
          <PoolByHand channel={channel} assets={assets} onDone={() => setChosen(null)} />
        ) : (
          <PoolByQuery channel={channel} assets={assets} onDone={() => setChosen(null)} />
        )}
      </div>
    </Card>
  );
}
