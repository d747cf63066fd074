import { useState } from "react";
import { Button } from "../../../ui/Button";
import { Card } from "../../../ui/bits";
import { useToast } from "../../../ui/Toasts";
import { failureText } from "../../../ui/words";
import { bytes } from "../words";
import { removeUpload } from "./UploadRow";
import * as memory from "./upload/memory";
import { type Item, queue } from "./upload/queue";

/** Uploads that this browser began and did not end: with the same file, they go on where they were. */
export function UnfinishedList({ items }: { items: readonly Item[] }) {
  const [, again] = useState(0);
  const left = memory.unfinished().filter(({ id }) => !items.some(({ upload }) => upload === id));
  if (left.length === 0) return null;
  return (
    <Card title="Unfinished uploads">
      <ul className="flex flex-col divide-y divide-line">
        {left.map((one) => (
          <UnfinishedRow key={one.id} one={one} onGone={() => again((n) => n + 1)} />
        ))}
      </ul>
    </Card>
  );
}

function UnfinishedRow({ one, onGone }: { one: memory.Unfinished; onGone: () => void }) {
  const say = useToast();
  const picked = (file: File | undefined) => {
    if (file === undefined) return;
    if (file.size !== one.size) {
      say(`This is another file: ${one.name} has ${bytes(one.size)}, this has ${bytes(file.size)}.`, { bad: true });
      return;
    }
    queue.add([file]);
    onGone();
  };
  const removed = async () => {
    try {
      await removeUpload(one.id);
      onGone();
    } catch (error) {
      say(failureText(error), { bad: true });
    }
  };
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 py-3 first:pt-0 last:pb-0">
      <p className="min-w-0 grow basis-60 text-sm">
        <span className="block truncate font-medium" title={one.name}>
          {one.name}
        </span>
        <span className="text-muted">
          {bytes(one.sent)} of {bytes(one.size)} sent. Choose the same file, and it goes on from there.
        </span>
      </p>
      <div className="flex gap-2">
        <label className="inline-flex min-h-10 cursor-pointer items-center rounded-lg border border-line px-4 text-sm font-medium hover:bg-raised focus-within:outline-2 focus-within:outline-accent">
          Choose
          <span className="sr-only">{one.name} again</span>
          <input type="file" className="sr-only" onChange={(event) => picked(event.target.files?.[0])} />
        </label>
        <Button look="quiet" onClick={() => void removed()}>
          Remove
        </Button>
      </div>
    </li>
  );
}
