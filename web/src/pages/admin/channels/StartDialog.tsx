import { useState } from "react";
import { answer, api } from "../../../api/client";
import { FormDialog } from "../parts/FormDialog";
import { useServerNow } from "../parts/serverTime";
import type { Acted } from "./ChannelActions";
import { Choice } from "./Choice";
import { useChanged } from "./deeds";
import { InstantField } from "./InstantField";
import { local, meant, zoneHere } from "./instants";
import { timeLeft } from "./state";

const HOUR_MS = 3_600_000;

/** Puts a channel on air, now or at an instant. */
export function StartDialog({ channel: { name, version }, onClose }: { channel: Acted; onClose: () => void }) {
  const zone = zoneHere();
  const now = useServerNow();
  const [later, setLater] = useState(false);
  const [text, setText] = useState(() => local(Math.ceil((now + 1) / HOUR_MS) * HOUR_MS, zone));
  const changed = useChanged(name);
  const at = meant(text, zone)?.at ?? null;
  const send = async () => {
    if (later && at === null) throw new Error("When is it to begin?");
    if (later && at !== null && Date.parse(at) < now) throw new Error("This is in the past: choose a later time.");
    const params = { path: { channel: name }, header: { "if-match": `"${version}"` } };
    await answer(api.POST("/channels/{channel}/start", { params, body: later ? { at } : {} }));
    changed(later ? `${name} is to begin.` : `${name} is on air.`, null);
    onClose();
  };
  return (
    <FormDialog
      title={`Start ${name}?`}
      verb={later ? "Schedule it" : "Start it now"}
      onSend={send}
      onClose={onClose}
    >
      <Choice
        label="When"
        value={later ? "later" : "now"}
        options={{ now: "Now", later: "At an instant" }}
        onChange={(value) => setLater(value === "later")}
      />
      {later && <InstantField label="It begins" value={text} onChange={setText} />}
      <p className="text-sm text-muted">
        {later
          ? `Until then its watch page counts down${at === null || Date.parse(at) < now ? "" : `: ${timeLeft(at, now)}`}.`
          : "Who has its watch page open sees it within seconds."}
      </p>
    </FormDialog>
  );
}
