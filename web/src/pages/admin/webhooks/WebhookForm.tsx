import { useState } from "react";
import { answer, api } from "../../../api/client";
import type { WebhookView } from "../../../api/schema";
import { TextField } from "../../../ui/Field";
import { FormDialog } from "../parts/FormDialog";

type Happening = Exclude<WebhookView["events"][number], "test">;

const EVENTS: Record<Happening, string> = {
  "asset.ready": "an asset is ready",
  "asset.failed": "an asset could not be made",
  "channel.started": "a channel has started",
  "channel.stopped": "a channel has stopped",
  "moment.reached": "a moment is reached",
};

type WebhookFormProps = {
  hook?: WebhookView;
  onClose: () => void;
  onMade?: (secret: string) => void;
  onEdited?: () => void;
};

/** A webhook to be made, or one to be changed. */
export function WebhookForm({ hook, onClose, onMade, onEdited }: WebhookFormProps) {
  const [url, setUrl] = useState(hook?.url ?? "");
  const [events, setEvents] = useState<Happening[]>(
    hook?.events.filter((one) => one !== "test") ?? ["asset.ready", "asset.failed"],
  );
  const [channel, setChannel] = useState(hook?.channel ?? "");
  const [description, setDescription] = useState(hook?.description ?? "");
  const [enabled, setEnabled] = useState(hook?.enabled ?? true);
  const send = async () => {
    const body = { url, events, channel: channel || null, description, enabled };
    if (hook === undefined) {
      onMade?.((await answer(api.POST("/webhooks", { body }))).secret);
      return;
    }
    const params = { path: { webhook: hook.id }, header: { "if-match": `"${hook.version}"` } };
    await answer(api.PATCH("/webhooks/{webhook}", { params, body }));
    onEdited?.();
  };
  return (
    <FormDialog
      title={hook ? "Edit the webhook" : "Add a webhook"}
      verb={hook ? "Save" : "Add it"}
      onSend={send}
      onClose={onClose}
    >
      <TextField
        label="Address"
        hint="https://, on a server that others can reach"
        type="url"
        required
        value={url}
        onChange={(event) => setUrl(event.target.value)}
      />
      <fieldset className="flex flex-col gap-1">
        <legend className="mb-1 text-sm font-medium">It is told when</legend>
        {Object.entries(EVENTS).map(([name, text]) => (
          <Check
            key={name}
            text={text}
            checked={events.includes(name as Happening)}
            onChange={(on) => setEvents(on ? [...events, name as Happening] : events.filter((one) => one !== name))}
          />
        ))}
      </fieldset>
      <TextField
        label="Only of channel"
        hint="Empty: of all"
        value={channel}
        onChange={(event) => setChannel(event.target.value)}
      />
      <TextField
        label="What it is for"
        value={description}
        onChange={(event) => setDescription(event.target.value)}
      />
      <Check text="It is on" checked={enabled} onChange={setEnabled} />
    </FormDialog>
  );
}

function Check({ text, checked, onChange }: { text: string; checked: boolean; onChange: (on: boolean) => void }) {
  return (
    <label className="flex min-h-10 items-center gap-3 text-sm">
      <input
        type="checkbox"
        className="size-5 accent-accent-fill"
        checked={checked}
        onChange={(event) => onChange(event.target.checked)}
      />
      {text}
    </label>
  );
}
