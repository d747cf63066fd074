import type { UseQueryResult } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { answer, api } from "../../../api/client";
import type { LineupLine } from "../../../api/schema";
import { Button } from "../../../ui/Button";
import { Card, Empty } from "../../../ui/bits";
import { TextField } from "../../../ui/Field";
import { AssetFinder } from "../parts/AssetFinder";
import { FormDialog } from "../parts/FormDialog";
import { Loaded } from "../parts/Loaded";
import { May } from "../session/session";
import { Chosen } from "./Chosen";
import { sent, useChanged } from "./deeds";
import { Review } from "./Review";

type LineupsCardProps = { channel: string; lineups: UseQueryResult<LineupLine[]> };

/** The lineups that cohorts can be put on. */
export function LineupsCard({ channel, lineups }: LineupsCardProps) {
  const [making, setMaking] = useState(false);
  const [removing, setRemoving] = useState<string | null>(null);
  const make = (
    <May as="editor">
      <Button onClick={() => setMaking(true)}>
        <Plus size={16} aria-hidden />
        Make a lineup
      </Button>
    </May>
  );
  return (
    <Card title="Given lineups" actions={make}>
      <Loaded query={lineups} rows={2}>
        {(all) =>
          all.length === 0 ? (
            <Empty title="No lineups yet">A lineup is assets in an order; cohorts share them.</Empty>
          ) : (
            <ul className="divide-y divide-line">
              {all.map(({ id, clips, repeats }) => (
                <li key={id} className="flex items-center gap-3 py-2 text-sm">
                  <span className="min-w-0 grow break-words">
                    <b className="font-medium">{id}</b>{" "}
                    <span className="text-muted">
                      {clips} {clips === 1 ? "clip" : "clips"}, {repeats ? "again and again" : "once"}
                    </span>
                  </span>
                  <May as="editor">
                    <Button aria-label={`Remove the lineup ${id}`} onClick={() => setRemoving(id)}>
                      Remove
                    </Button>
                  </May>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      {making && <MakeLineup channel={channel} onClose={() => setMaking(false)} />}
      {removing !== null && <Remove channel={channel} lineup={removing} onClose={() => setRemoving(null)} />}
    </Card>
  );
}

function MakeLineup({ channel, onClose }: { channel: string; onClose: () => void }) {
  const [id, setId] = useState("");
  const [clips, setClips] = useState<string[]>([]);
  const [repeats, setRepeats] = useState(true);
  const changed = useChanged(channel);
  const send = async () => {
    if (clips.length === 0) throw new Error("Add at least one asset.");
    const body = { id, clips: clips.map((asset) => ({ asset, first: 0, last: null })), repeats };
    await answer(api.POST("/channels/{channel}/lineups", { params: { path: { channel } }, body }));
    changed(`The lineup ${id} is made.`, null);
    onClose();
  };
  return (
    <FormDialog title="Make a lineup" verb="Make it" onSend={send} onClose={onClose}>
      <TextField
        label="Name"
        hint="Letters, digits, “.”, “_” and “-”"
        required
        maxLength={64}
        autoCapitalize="none"
        spellCheck={false}
        value={id}
        onChange={(event) => setId(event.target.value)}
      />
      <Chosen label="Assets of the lineup" assets={clips} ordered onChange={setClips} />
      <AssetFinder label="Look for assets to add" onPick={(asset) => setClips([...clips, asset])} />
      <label className="flex min-h-10 items-center gap-3 text-sm">
        <input
          type="checkbox"
          className="size-4 shrink-0"
          checked={repeats}
          onChange={(event) => setRepeats(event.target.checked)}
        />
        From the beginning again; else it ends
      </label>
    </FormDialog>
  );
}

function Remove({ channel, lineup, onClose }: { channel: string; lineup: string; onClose: () => void }) {
  return (
    <Review
      title={`Remove the lineup ${lineup}?`}
      verb="Remove it"
      danger
      channel={channel}
      version={null}
      change={async (how) => {
        const { path, ...rest } = sent(channel, how);
        const params = { path: { ...path, lineup }, ...rest };
        return (await answer(api.DELETE("/channels/{channel}/lineups/{lineup}", { params }))) ?? {};
      }}
      canUndo={false}
      said={`The lineup ${lineup} is removed.`}
      onClose={onClose}
    >
      Who is on it has a lineup of their own then. This cannot be undone.
    </Review>
  );
}
