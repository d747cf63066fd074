import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../../../api/client";
import { TextField } from "../../../ui/Field";
import { useToast } from "../../../ui/Toasts";
import { keys } from "../keys";
import { AssetFinder } from "../parts/AssetFinder";
import { FormDialog } from "../parts/FormDialog";
import { Choice } from "./Choice";
import { Chosen } from "./Chosen";
import { QueryFields } from "./QueryFields";
import { type QueryMistakes, queryBody, queryDraft, queryMistakes } from "./query";

const POOLS = {
  all: "All assets there are now",
  picked: "Assets that I choose",
  query: "Assets by what is said of them; the pool follows",
} as const;
type Pool = keyof typeof POOLS;

type CreateChannelProps = { onMade: (name: string) => void; onClose: () => void };

/** Makes a channel. */
export function CreateChannel({ onMade, onClose }: CreateChannelProps) {
  const queries = useQueryClient();
  const say = useToast();
  const [name, setName] = useState("");
  const [title, setTitle] = useState("");
  const [pool, setPool] = useState<Pool>("all");
  const [picked, setPicked] = useState<string[]>([]);
  const [query, setQuery] = useState(() => queryDraft(null));
  const [mistakes, setMistakes] = useState<QueryMistakes>({});
  const send = async () => {
    const found = pool === "query" ? queryMistakes(query) : {};
    setMistakes(found);
    if (Object.keys(found).length > 0) throw new Error("Something is not right in the fields above.");
    if (pool === "picked" && picked.length === 0) throw new Error("Choose at least one asset.");
    const body = {
      name,
      title,
      ...(pool === "picked" && { assets: picked }),
      ...(pool === "query" && { query: queryBody(query) }),
    };
    await answer(api.POST("/channels", { body }));
    void queries.invalidateQueries({ queryKey: keys.channel.all });
    say(`${name} is made. It is not on air yet.`);
    onMade(name);
  };
  return (
    <FormDialog title="Make a channel" verb="Make it" onSend={send} onClose={onClose}>
      <TextField
        label="Name"
        hint="It is in addresses, and stays: letters, digits, “.”, “_” and “-”"
        required
        maxLength={64}
        autoCapitalize="none"
        spellCheck={false}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <TextField
        label="Title"
        hint="What viewers know it by; its name without"
        maxLength={200}
        value={title}
        onChange={(event) => setTitle(event.target.value)}
      />
      <Choice label="What it plays" value={pool} options={POOLS} onChange={setPool} />
      {pool === "picked" && (
        <>
          <Chosen label="Chosen assets" assets={picked} onChange={setPicked} />
          <AssetFinder
            label="Look for assets"
            has={(asset) => picked.includes(asset)}
            onPick={(asset) => setPicked([...picked, asset])}
          />
        </>
      )}
      {pool === "query" && (
        <QueryFields draft={query} mistakes={mistakes} onEdit={(change) => setQuery({ ...query, ...change })} />
      )}
    </FormDialog>
  );
}
