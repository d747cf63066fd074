import { answer, api } from "../../../api/client";
import { Confirm } from "../../../ui/Dialog";
import { when } from "../words";
import type { Acted } from "./ChannelActions";
import { useChanged } from "./deeds";

type StopDialogProps = { channel: Acted; viewers: number | null; onClose: () => void };

/** Asks before a channel ends for all that watch it. */
export function StopDialog({
  channel: { name, version, state, on_air_from: from },
  viewers,
  onClose,
}: StopDialogProps) {
  const changed = useChanged(name);
  const toBegin = state === "to begin";
  const stop = async () => {
    const params = { path: { channel: name }, header: { "if-match": `"${version}"` } };
    await answer(api.POST("/channels/{channel}/stop", { params }));
    changed(toBegin ? `${name} does not begin.` : `${name} ends.`, null);
  };
  if (toBegin) {
    return (
      <Confirm title={`Let ${name} not begin?`} verb="Do not begin" danger onConfirm={stop} onClose={onClose}>
        It was to begin {from && when(from)}. Who waits on its watch page is told that it has not started. It can be
        started again at any time.
      </Confirm>
    );
  }
  return (
    <Confirm title={`Stop ${name}?`} verb="Stop it" danger onConfirm={stop} onClose={onClose}>
      <p>
        <b>{audienceText(viewers)}</b> The stream ends for all in about half a minute, after what players have listed,
        and the watch page says that it has ended.
      </p>
      <p className="mt-2 text-muted">
        This cannot be undone, but it can be started again: everybody then begins anew.
      </p>
    </Confirm>
  );
}

function audienceText(viewers: number | null): string {
  if (viewers === null) return "";
  if (viewers === 0) return "Nobody watches it now.";
  return viewers === 1 ? "One viewer watches it now." : `About ${viewers} viewers watch it now.`;
}
