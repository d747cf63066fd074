import { type FormEvent, useState } from "react";
import { answer, api } from "../../../api/client";
import type { NewSlate } from "../../../api/schema";
import { Button } from "../../../ui/Button";
import { Dialog } from "../../../ui/Dialog";
import { TextField } from "../../../ui/Field";
import { AssetFinder } from "../parts/AssetFinder";
import { Chosen } from "./Chosen";
import { sent } from "./deeds";
import { spanSeconds } from "./lists";
import { Review } from "./Review";

type AddSlateProps = { channel: string; version: number | null; onClose: () => void };

/** Puts something on for all, as soon as can be: over and over, for so long or until it is taken away. */
export function AddSlate({ channel, version, onClose }: AddSlateProps) {
  const [title, setTitle] = useState("");
  const [span, setSpan] = useState("");
  const [clips, setClips] = useState<string[]>([]);
  const [tried, setTried] = useState(false);
  const [asking, setAsking] = useState<NewSlate | null>(null);
  const isSpan = span.trim() === "" || spanSeconds(span) !== null;
  const look = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    const forS = span.trim() === "" ? null : spanSeconds(span);
    if (isSpan && clips.length > 0) setAsking({ clips, for_s: forS, title: title.trim() });
  };
  return (
    <Dialog title="Slate now" onClose={onClose}>
      <form noValidate onSubmit={look} className="flex flex-col gap-4">
        <p className="text-sm text-muted">
          All viewers see it in about half a minute, over and over, whatever else was to be on.
        </p>
        <TextField label="Title" maxLength={200} value={title} onChange={(event) => setTitle(event.target.value)} />
        <TextField
          label="For how long"
          hint="90s, 5m or 1h; nothing: until it is taken away"
          value={span}
          error={tried && !isSpan ? "Such as 90s, 5m or 1h" : null}
          onChange={(event) => setSpan(event.target.value)}
        />
        {tried && clips.length === 0 && (
          <p role="alert" className="text-sm text-bad">
            Add at least one asset
          </p>
        )}
        <Chosen label="Assets of the slate" assets={clips} ordered onChange={setClips} />
        <AssetFinder label="Look for assets to add" onPick={(asset) => setClips([...clips, asset])} />
        <footer className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary">
            Look what it does
          </Button>
        </footer>
      </form>
      {asking && (
        <Review
          title="Put the slate on?"
          verb="Put it on"
          danger
          channel={channel}
          version={version}
          change={(how) =>
            answer(api.POST("/channels/{channel}/slate", { params: sent(channel, how), body: asking }))
          }
          said="The slate comes in about half a minute."
          onDone={onClose}
          onClose={() => setAsking(null)}
        />
      )}
    </Dialog>
  );
}
