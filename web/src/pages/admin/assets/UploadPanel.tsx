import { Upload } from "lucide-react";
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { Button } from "../../../ui/Button";
import { Card } from "../../../ui/bits";
import { classes } from "../../../ui/classes";
import { UnfinishedList } from "./UnfinishedList";
import { UploadRow } from "./UploadRow";
import { queue } from "./upload/queue";

/** Where files are dropped or chosen, and how far each is. */
export function UploadPanel() {
  const items = useSyncExternalStore(queue.subscribe, queue.snapshot);
  return (
    <div className="flex flex-col gap-4">
      <DropZone />
      <UnfinishedList items={items} />
      {items.length > 0 && (
        <Card
          title="Uploads"
          actions={
            items.some(({ state }) => state === "done") && (
              <Button
                look="quiet"
                onClick={() => {
                  for (const { key, state } of items) if (state === "done") queue.drop(key);
                }}
              >
                Clear what is done
              </Button>
            )
          }
        >
          <ul className="flex flex-col divide-y divide-line">
            {items.map((item) => (
              <UploadRow key={item.key} item={item} />
            ))}
          </ul>
        </Card>
      )}
    </div>
  );
}

/** Whether files are held over the page, anywhere on which they may be dropped: beside it a browser would open them. */
function useDrop(onFiles: (files: File[]) => void): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const held = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      setOver(event.type === "dragover");
      if (event.type === "drop") onFiles([...event.dataTransfer.files]);
    };
    const kinds = ["dragover", "dragleave", "drop"] as const;
    for (const kind of kinds) window.addEventListener(kind, held);
    return () => {
      for (const kind of kinds) window.removeEventListener(kind, held);
    };
  }, [onFiles]);
  return over;
}

const take = (files: File[]) => queue.add(files);

function DropZone() {
  const input = useRef<HTMLInputElement>(null);
  const over = useDrop(take);
  return (
    <section
      aria-label="Upload"
      className={classes(
        "flex flex-wrap items-center justify-center gap-x-4 gap-y-3 rounded-card border-2 border-dashed p-5 text-sm transition",
        over ? "border-accent bg-accent/10" : "border-line",
      )}
    >
      <Upload size={22} aria-hidden className="text-muted" />
      <p className="text-muted">
        <span className="hidden sm:inline">Drop videos here, several at once, or </span>
        <span className="sm:hidden">Upload videos: </span>
      </p>
      <Button look="primary" onClick={() => input.current?.click()}>
        Choose files
      </Button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label="Videos to upload"
        onChange={(event) => {
          take([...(event.target.files ?? [])]);
          event.target.value = ""; // so that the same file can be chosen again
        }}
      />
    </section>
  );
}
