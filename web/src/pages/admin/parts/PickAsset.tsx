import { Dialog } from "../../../ui/Dialog";
import { AssetFinder } from "./AssetFinder";

type PickAssetProps = { title: string; onPick: (asset: string) => void; onClose: () => void };

/** Chooses one asset. */
export function PickAsset({ title, onPick, onClose }: PickAssetProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <div className="min-h-96">
        <AssetFinder label="Look for an asset" verb="Choose" onPick={onPick} />
      </div>
    </Dialog>
  );
}
