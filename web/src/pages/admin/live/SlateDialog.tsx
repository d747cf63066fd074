import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../../../api/client";
import type { MomentView } from "../../../api/schema";
import { Confirm } from "../../../ui/Dialog";
import { SelectField, TextField } from "../../../ui/Field";
import { useToast } from "../../../ui/Toasts";
import { failureText } from "../../../ui/words";
import { keys } from "../keys";
import { PickAsset } from "../parts/PickAsset";

const MINUTES = [1, 5, 15, 60];

/** The same for everybody, as soon as can be: chooses the asset, then asks. */
export function SlateDialog({ channel, onClose }: { channel: string; onClose: () => void }) {
  const [asset, setAsset] = useState<string | null>(null);
  if (asset === null) {
    return <PickAsset title={`Slate on ${channel}: what to show`} onPick={setAsset} onClose={onClose} />;
  }
  return <Sure channel={channel} asset={asset} onClose={onClose} />;
}

function Sure({ channel, asset, onClose }: { channel: string; asset: string; onClose: () => void }) {
  const queries = useQueryClient();
  const say = useToast();
  const [minutes, setMinutes] = useState("5");
  const [title, setTitle] = useState("We will be back");
  const slate = async () => {
    const body = { clips: [asset], title, ...(minutes !== "" && { for_s: Number(minutes) * 60 }) };
    const made = (await answer(
      api.POST("/channels/{channel}/slate", { params: { path: { channel } }, body }),
    )) as MomentView;
    const end = async () => {
      try {
        await api.DELETE("/channels/{channel}/moments/{moment}", { params: { path: { channel, moment: made.id } } });
        say("The slate is taken away; what is on ends in half a minute.");
      } catch (failure) {
        say(failureText(failure), { bad: true });
      }
      await queries.invalidateQueries({ queryKey: keys.channel.all });
    };
    say(`The slate begins at ${new Date(made.at).toLocaleTimeString()}.`, {
      action: { verb: "Undo", act: () => void end() },
    });
    await queries.invalidateQueries({ queryKey: keys.channel.all });
  };
  return (
    <Confirm
      title={`Slate on ${channel} now?`}
      verb="Show it to everybody"
      danger
      onConfirm={slate}
      onClose={onClose}
    >
      <div className="flex flex-col gap-4">
        <p>
          Everybody who watches {channel} sees it over and over, in about half a minute and before everything else. It
          can be taken away under the channel's moments, and then ends half a minute later.
        </p>
        <TextField
          label="Title for viewers"
          maxLength={200}
          value={title}
          onChange={(event) => setTitle(event.target.value)}
        />
        <SelectField label="For" value={minutes} onChange={(event) => setMinutes(event.target.value)}>
          {MINUTES.map((count) => (
            <option key={count} value={count}>
              {count === 60 ? "an hour" : count === 1 ? "a minute" : `${count} minutes`}
            </option>
          ))}
          <option value="">until it is taken away</option>
        </SelectField>
      </div>
    </Confirm>
  );
}
