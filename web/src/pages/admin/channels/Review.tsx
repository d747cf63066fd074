import { type ReactNode, useState } from "react";
import type { Effects } from "../../../api/schema";
import { Button } from "../../../ui/Button";
import { Skeleton } from "../../../ui/bits";
import { Dialog } from "../../../ui/Dialog";
import { ErrorNote } from "../../../ui/ErrorNote";
import { useAttempt } from "../../../ui/useAttempt";
import { useDryRun } from "../parts/useDryRun";
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

/** Asks before a change is made, and shows what changes for whom, and from when on: by a dry run. */
export function Review(props: ReviewProps) {
  const { title, verb, danger, channel, change, said, canUndo = true, children, onDone, onClose } = props;
  const [version, setVersion] = useState(props.version);
  const { busy, error, attempt, forget } = useAttempt();
  const changed = useChanged(channel);
  const trial = useDryRun([version], async () => {
    const told = await change({ version, dry: true });
    if (!isEffects(told)) throw new Error("the server did not tell what this would do");
    return told;
  });
  const newer = newerVersion(error ?? trial.error, version);
  const apply = () =>
    attempt(async () => {
      const told = await change({ version, dry: false });
      changed(said, canUndo ? versionOf(told) : null);
      onDone?.();
      onClose();
    });
  const again = () => {
    forget();
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
