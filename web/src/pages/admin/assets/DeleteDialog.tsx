import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";
import { answer, api } from "../../../api/client";
import type { AssetDetail, RemovalView } from "../../../api/schema";
import { Skeleton } from "../../../ui/bits";
import { Confirm, Dialog } from "../../../ui/Dialog";
import { ErrorNote } from "../../../ui/ErrorNote";
import { useToast } from "../../../ui/Toasts";
import { keys } from "../keys";
import { bytes, when } from "../words";

const TRIES = 30; // of the server's 20 s each

/** Asks before an asset is deleted: what plays it, and what players would find. */
export function DeleteDialog({ asset, onClose }: { asset: AssetDetail; onClose: () => void }) {
  const title = `Delete ${asset.title}?`;
  const places = useQuery({
    queryKey: keys.asset.places(asset.id),
    queryFn: () => answer(api.GET("/assets/{asset}/places", { params: { path: { asset: asset.id } } })),
    staleTime: 0,
  });
  if (places.data === undefined) {
    return (
      <Dialog title={title} onClose={onClose}>
        {places.error === null ? <Skeleton className="h-24" /> : <ErrorNote error={places.error} />}
      </Dialog>
    );
  }
  return <Sure asset={asset} title={title} removal={places.data} onClose={onClose} />;
}

type SureProps = { asset: AssetDetail; title: string; removal: RemovalView; onClose: () => void };

function Sure({ asset, title, removal, onClose }: SureProps) {
  const queries = useQueryClient();
  const say = useToast();
  const [, navigate] = useLocation();
  const [force, setForce] = useState(false);
  const listed = removal.places.length > 0;
  const sure = async () => {
    if (listed && !force)
      throw new Error("It is listed: choose to delete it all the same, or wait until it is free.");
    await deleted(asset.id, force);
    say(`${asset.title} is deleted.`);
    navigate("/assets");
    await queries.invalidateQueries({ queryKey: keys.asset.all });
  };
  return (
    <Confirm title={title} verb="Delete for good" danger onConfirm={sure} onClose={onClose}>
      <div className="flex flex-col gap-3">
        <p>
          {removal.objects} files of {bytes(removal.size_bytes)} are removed. This cannot be undone; the same video
          can be uploaded again.
        </p>
        {removal.state === "live" && !listed && <p className="text-muted">It takes about ten seconds.</p>}
        {listed && <Places removal={removal} force={force} onForce={setForce} />}
      </div>
    </Confirm>
  );
}

type PlacesProps = { removal: RemovalView; force: boolean; onForce: (force: boolean) => void };

function Places({ removal: { places }, force, onForce }: PlacesProps) {
  return (
    <>
      <p className="font-medium">It is listed here, and players would find segments gone:</p>
      <ul className="flex max-h-48 list-disc flex-col gap-1 overflow-y-auto pl-5">
        {places.map(({ channel, lineup, why, free_at }) => (
          <li key={`${channel} ${lineup} ${why}`}>
            {channel}
            {lineup !== null && `, lineup ${lineup}`}: {why}
            {free_at === null ? "; until somebody changes that" : `; free at ${when(free_at)}`}
          </li>
        ))}
      </ul>
      <p className="text-muted">Retire it first, and delete it when it is free: then nobody notices.</p>
      <label className="flex min-h-10 items-center gap-2">
        <input
          type="checkbox"
          className="size-4"
          checked={force}
          onChange={(event) => onForce(event.target.checked)}
        />
        Delete it all the same
      </label>
    </>
  );
}

/** Until it is deleted: the server answers that it goes on, where it takes long. */
async function deleted(asset: string, force: boolean): Promise<void> {
  const params = { path: { asset }, query: { force } };
  for (let tries = 0; tries < TRIES; tries += 1) {
    const { state } = await answer(api.DELETE("/assets/{asset}", { params }));
    if (state === "deleted") return;
  }
  throw new Error("It takes very long. It goes on by itself: look again later.");
}
