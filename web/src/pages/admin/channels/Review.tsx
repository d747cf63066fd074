import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import type { Effects } from "../../../api/schema";
import { Button } from "../../../ui/Button";
import { Skeleton } from "../../../ui/bits";
import { Dialog } from "../../../ui/Dialog";
import { ErrorNote } from "../../../ui/ErrorNote";
import { type How, isEffects, newerVersion, useChanged } from "./deeds";
import { EffectsNote } from "./EffectsNote";

type ReviewProps = {
  title: string;
  verb: string;
  danger?: boolean;
  channel: string;
  /** Of what is changed, as it was when the form was filled in; null: the server sees to that by itself. */
  version: number | null;
  /** Makes the change, or tells what it would do. */
  change: (how: How) => Promise<object>;
  /** What is said afterwards, with an Undo. */
  said: string;
  /** What there is to know beside what the dry run tells. */
  children?: ReactNode;
  canUndo?: boolean;
  onDone?: () => void;
  onClose: () => void;
};

let asked = 0;

/** Asks before a change is made, and shows what changes for whom, and from when on: by a dry run. */
export function Review(props: ReviewProps) {
  const { title, verb, danger, channel, change, said, canUndo = true, children, onDone, onClose } = props;
  const [version, setVersion] = useState(props.version);
  const [id] = useState(() => {
    asked += 1;
    return asked;
  });
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const changed = useChanged(channel);
  const trial = useTrial(id, version, change);
  const newer = newerVersion(error ?? trial.error, version);
  const apply = async () => {
    setBusy(true);
    setError(null);
    try {
      const told = await change({ version, dry: false });
      changed(said, canUndo ? versionOf(told) : null);
      onDone?.();
      onClose();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  const again = () => {
    setError(null);
    setVersion(newer);
  };
  return (
    <Dialog title={title} onClose={onClose}>
      {children && <div className="text-sm leading-relaxed">{children}</div>}
      {newer !== null ? (
        <Newer onAgain={again} />
      ) : (
        <>
          <Tried trial={trial} />
          {error !== null && <ErrorNote error={error} />}
        </>
      )}
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button
          look={danger ? "danger" : "primary"}
          busy={busy}
          disabled={trial.data === undefined || newer !== null}
          onClick={apply}
        >
          {verb}
        </Button>
      </div>
    </Dialog>
  );
}

function useTrial(id: number, version: number | null, change: ReviewProps["change"]) {
  return useQuery({
    queryKey: ["trial", id, version],
    queryFn: async () => {
      const told = await change({ version, dry: true });
      if (!isEffects(told)) throw new Error("the server did not tell what this would do");
      return told;
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchInterval: false,
  });
}

function Tried({ trial }: { trial: { data: Effects | undefined; error: unknown } }) {
  if (trial.data) return <EffectsNote effects={trial.data} />;
  if (trial.error !== null) return <ErrorNote error={trial.error} />;
  return <Skeleton className="h-40" />;
}

/** Somebody else was faster: what was shown is not what would happen. */
function Newer({ onAgain }: { onAgain: () => void }) {
  return (
    <div role="alert" className="flex flex-col gap-3 rounded-lg border border-warn/50 bg-warn/10 p-3 text-sm">
      <p>Somebody else changed the channel meanwhile. Nothing of yours is stored yet.</p>
      <Button className="self-start" onClick={onAgain}>
        Show what mine would do now
      </Button>
    </div>
  );
}

function versionOf(told: object): number | null {
  const version = (told as { version?: unknown }).version;
  return typeof version === "number" ? version : null;
}
