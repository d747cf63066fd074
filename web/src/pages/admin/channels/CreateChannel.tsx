import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../../../api/client";
import type { PoolQuery } from "../../../api/schema";
import { TextField } from "../../../ui/Field";
import { useToast } from "../../../ui/Toasts";
import { FormDialog } from "../parts/FormDialog";
import { AssetFinder } from "./AssetFinder";
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

/** Makes a channel. What a step of it refuses is told with what the steps before have done. */
export function CreateChannel({ onMade, onClose }: CreateChannelProps) {
  const queries = useQueryClient();
  const say = useToast();
  const [name, setName] = useState("");
  const [title, setTitle] = useState("");
  const [pool, setPool] = useState<Pool>("all");
  const [picked, setPicked] = useState<string[]>([]);
  const [query, setQuery] = useState(() => queryDraft(null));
  const [mistakes, setMistakes] = useState<QueryMistakes>({});
  const [isMade, setIsMade] = useState(false);
  const send = async () => {
    const found = pool === "query" ? queryMistakes(query) : {};
    setMistakes(found);
    if (Object.keys(found).length > 0) throw new Error("Something is not right in the fields above.");
    if (pool === "picked" && picked.length === 0) throw new Error("Choose at least one asset.");
    try {
      if (!isMade) {
        await answer(api.POST("/channels", { body: { name, ...(pool === "picked" && { assets: picked }) } }));
        setIsMade(true);
      }
      await fill(name, title.trim(), pool === "query" ? queryBody(query) : null);
    } finally {
      void queries.invalidateQueries({ queryKey: ["channel"] });
    }
    say(`${name} is made. It is not on air yet.`);
    onMade(name);
  };
  return (
    <FormDialog title="Make a channel" verb="Make it" onSend={send} onClose={onClose}>
      <TextField
        label="Name"
        hint="It is in addresses, and stays: letters, digits, “.”, “_” and “-”"
        required
        readOnly={isMade}
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
            onAdd={(asset) => setPicked([...picked, asset])}
          />
        </>
      )}
      {pool === "query" && (
        <QueryFields draft={query} mistakes={mistakes} onEdit={(change) => setQuery({ ...query, ...change })} />
      )}
    </FormDialog>
  );
}

/** Tells a channel that was made the rest of what it is to be. */
async function fill(channel: string, title: string, query: PoolQuery | null): Promise<void> {
  const params = { path: { channel } };
  try {
    if (title !== "") await answer(api.PATCH("/channels/{channel}", { params, body: { title } }));
    if (query !== null) await answer(api.PUT("/channels/{channel}/query", { params, body: query }));
  } catch (failure) {
    const text = failure instanceof Error ? failure.message : String(failure);
    throw new Error(`The channel is made, but not all of this: ${text}`);
  }
}
