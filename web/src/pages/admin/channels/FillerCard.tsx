import { useState } from "react";
import { answer, api } from "../../../api/client";
import { Button } from "../../../ui/Button";
import { Badge, Card } from "../../../ui/bits";
import { AssetFinder } from "../parts/AssetFinder";
import { useMay } from "../session/session";
import { Chosen } from "./Chosen";
import { sent } from "./deeds";
import { useDraft } from "./draft";
import { FormFoot } from "./FormFoot";
import { Review } from "./Review";
import type { Channel } from "./stored";

/** The idents that fill the time before a moment, or a day part. */
export function FillerCard({ channel }: { channel: Channel }) {
  const filler = channel.revisions.at(-1)?.filler ?? [];
  const mayEdit = useMay("editor");
  const [open, setOpen] = useState(false);
  return (
    <Card title="Filler" actions={<Badge>{filler.length} idents</Badge>}>
      <div className="flex flex-col gap-4">
        <p className="text-sm text-muted">
          Short idents of many lengths, which fill the time before a moment or a day part. Make a set of one video
          with <code className="break-all">streamsync filler make FILE --channel {channel.name}</code>.
        </p>
        {!open && (
          <Button className="self-start" aria-expanded={false} onClick={() => setOpen(true)}>
            {mayEdit ? "Look at it, and change it" : "Look at it"}
          </Button>
        )}
        {open && (mayEdit ? <Editor channel={channel} filler={filler} /> : <Chosen label="Filler" assets={filler} />)}
      </div>
    </Card>
  );
}

function Editor({ channel: { name, version }, filler }: { channel: Channel; filler: string[] }) {
  const held = useDraft({ filler });
  const [asking, setAsking] = useState(false);
  const wanted = held.draft.filler;
  const body = { assets: wanted };
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        setAsking(true);
      }}
    >
      <Chosen label="Filler" assets={wanted} onChange={(next) => held.edit({ filler: next })} />
      <AssetFinder
        label="Look for idents"
        tag="filler"
        has={(asset) => wanted.includes(asset)}
        onPick={(asset) => held.edit({ filler: [...wanted, asset] })}
      />
      <FormFoot held={held} verb="Look what it does" />
      {asking && (
        <Review
          title="Change the filler?"
          verb="Change it"
          channel={name}
          version={version}
          change={(how) => answer(api.PUT("/channels/{channel}/filler", { params: sent(name, how), body }))}
          said="The filler is changed."
          onClose={() => setAsking(false)}
        />
      )}
    </form>
  );
}
