import { useState } from "react";
import { answer, api } from "../../../api/client";
import { Button } from "../../../ui/Button";
import { AssetFinder } from "../parts/AssetFinder";
import { Chosen } from "./Chosen";
import { sent } from "./deeds";
import { useDraft } from "./draft";
import { FormFoot } from "./FormFoot";
import { Review } from "./Review";
import type { Channel } from "./stored";

type PoolByHandProps = { channel: Channel; assets: string[]; onDone: () => void };

/** A pool whose assets are named: some are added, some taken out, and then looked at what that does. */
export function PoolByHand({ channel: { name, version, query }, assets, onDone }: PoolByHandProps) {
  const held = useDraft({ assets, byHand: !query });
  const [asking, setAsking] = useState(false);
  const [finding, setFinding] = useState(false);
  const wanted = held.draft.assets;
  const body = { assets: wanted };
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        setAsking(true);
      }}
    >
      <Chosen label="Assets in the pool" assets={wanted} onChange={(next) => held.edit({ assets: next })} />
      {finding && (
        <AssetFinder
          label="Look for assets to add"
          has={(asset) => wanted.includes(asset)}
          onPick={(asset) => held.edit({ assets: [...wanted, asset] })}
        />
      )}
      <FormFoot
        held={query ? { ...held, isChanged: true } : held}
        verb="Look what it does"
        also={!finding && <Button onClick={() => setFinding(true)}>Add assets</Button>}
      />
      {asking && (
        <Review
          title="Change the pool?"
          verb="Change it"
          channel={name}
          version={version}
          change={(how) => answer(api.PUT("/channels/{channel}/pool", { params: sent(name, how), body }))}
          said="The pool is changed."
          onDone={onDone}
          onClose={() => setAsking(false)}
        >
          The pool is these {wanted.length} assets then. Every viewer goes over at their next clip.
        </Review>
      )}
    </form>
  );
}
