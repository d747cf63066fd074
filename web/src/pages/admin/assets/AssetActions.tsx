import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../../../api/client";
import type { AssetDetail } from "../../../api/schema";
import { Button } from "../../../ui/Button";
import { Confirm } from "../../../ui/Dialog";
import { useToast } from "../../../ui/Toasts";
import { failureText } from "../../../ui/words";
import { keys } from "../keys";
import { DeleteDialog } from "./DeleteDialog";

/** Retire an asset, make it live again, delete it. */
export function AssetActions({ asset }: { asset: AssetDetail }) {
  const queries = useQueryClient();
  const say = useToast();
  const [asking, setAsking] = useState<"retire" | "delete" | null>(null);
  const body = { assets: [asset.id] };
  const again = () => queries.invalidateQueries({ queryKey: keys.asset.all });
  const restore = async () => {
    try {
      await answer(api.POST("/assets/restore", { body }));
      say(`${asset.title} is live again. Pools that lost it get it back when somebody puts it there.`);
    } catch (error) {
      say(failureText(error), { bad: true });
    }
    await again();
  };
  const retire = async () => {
    const told = await answer(api.POST("/assets/retire", { body }));
    say(retired(asset.title, told), { action: { verb: "Undo", act: () => void restore() } });
    await again();
  };
  return (
    <>
      {asset.state === "live" && <Button onClick={() => setAsking("retire")}>Retire</Button>}
      {asset.state === "retired" && <Button onClick={() => void restore()}>Restore</Button>}
      {asset.state !== "deleted" && <Button onClick={() => setAsking("delete")}>Delete</Button>}
      {asking === "retire" && (
        <Confirm title={`Retire ${asset.title}?`} verb="Retire" onConfirm={retire} onClose={() => setAsking(null)}>
          It takes no new place: channels go on without it once what is listed has played. Its media stay, and it can
          be restored; the pools that lose it do not get it back by that.
        </Confirm>
      )}
      {asking === "delete" && <DeleteDialog asset={asset} onClose={() => setAsking(null)} />}
    </>
  );
}

type Retirement = { channels?: string[]; kept?: string[]; lineups?: string[][] };

function retired(title: string, { channels, kept, lineups }: Retirement): string {
  const parts = [`${title} is retired.`];
  if (channels?.length) parts.push(`Out of the pool of ${channels.join(", ")}.`);
  if (kept?.length) parts.push(`${kept.join(", ")} keeps it: there is nothing else to play.`);
  if (lineups?.length) parts.push(`Still in lineup ${lineups.map((one) => one.join("/")).join(", ")}.`);
  return parts.join(" ");
}
