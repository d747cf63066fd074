import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { answer, api, Refused } from "../../../api/client";
import type { AssetDetail } from "../../../api/schema";
import { Button } from "../../../ui/Button";
import { Card } from "../../../ui/bits";
import { ErrorNote } from "../../../ui/ErrorNote";
import { useToast } from "../../../ui/Toasts";
import { useAttempt } from "../../../ui/useAttempt";
import { failureText } from "../../../ui/words";
import { keys } from "../keys";
import { ClashNote } from "./ClashNote";
import { EditorFields } from "./EditorFields";
import { changesOf, clashes, type Draft, draftOf, type Field, type Mistakes, mistakesIn, over, placed } from "./edit";

/** What is stored, as this form began with it. */
type Base = { draft: Draft; version: number };

/** Says something else of an asset. What somebody else stored meanwhile is shown beside it, to choose from. */
export function AssetEditor({ asset }: { asset: AssetDetail }) {
  const [base, setBase] = useState<Base>(() => baseOf(asset));
  const [draft, setDraft] = useState(base.draft);
  const [mistakes, setMistakes] = useState<Mistakes>({});
  const [theirs, setTheirs] = useState<Base | null>(null);
  const { save, error, busy } = useSave(asset.id);
  const isChanged = Object.keys(changesOf(draft, base.draft)).length > 0;
  const begin = (now: AssetDetail) => {
    setBase(baseOf(now));
    setDraft(draftOf(now));
    setTheirs(null);
  };
  // Somebody else changed it, and nothing was typed here: show theirs.
  if (asset.version > base.version && !isChanged) begin(asset);
  const store = async (wanted: Draft, of: Base) => {
    const found = mistakesIn(wanted);
    setMistakes(found);
    if (Object.keys(found).length > 0) return;
    const changes = changesOf(wanted, of.draft);
    if (Object.keys(changes).length === 0) return;
    const result = await save(changes, of.version);
    if (result.stored) begin(result.stored);
    if (result.mistakes) setMistakes(result.mistakes);
    if (result.newer) settle(wanted, of, result.newer);
  };
  const settle = (wanted: Draft, of: Base, newer: AssetDetail) => {
    const now = baseOf(newer);
    const merged = over(wanted, of.draft, now.draft);
    // Where they changed other fields there is nothing to choose.
    if (clashes(wanted, of.draft, now.draft).length === 0) void store(merged, now);
    else setTheirs(now);
  };
  const choose = (taken: readonly Field[]) => {
    if (theirs === null) return;
    const chosen = { ...over(draft, base.draft, theirs.draft) };
    for (const field of taken) chosen[field] = theirs.draft[field];
    setDraft(chosen);
    setBase(theirs);
    setTheirs(null);
    void store(chosen, theirs);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void store(draft, base);
  };
  return (
    <Card title="What is said of it">
      <form noValidate onSubmit={submit} className="flex flex-col gap-4">
        <EditorFields
          draft={draft}
          mistakes={mistakes}
          file={asset.record.title}
          onChange={(change) => setDraft({ ...draft, ...change })}
        />
        {theirs && <ClashNote clashes={clashes(draft, base.draft, theirs.draft)} busy={busy} onChoose={choose} />}
        {error !== null && <ErrorNote error={error} />}
        <div className="flex justify-end gap-2">
          <Button disabled={!isChanged || busy} onClick={() => begin(asset)}>
            Take back
          </Button>
          <Button type="submit" look="primary" busy={busy} disabled={!isChanged || theirs !== null}>
            Save
          </Button>
        </div>
      </form>
    </Card>
  );
}

function baseOf(asset: AssetDetail): Base {
  return { draft: draftOf(asset), version: asset.version };
}

type Result = { stored?: AssetDetail; newer?: AssetDetail; mistakes?: Mistakes };

function useSave(asset: string) {
  const queries = useQueryClient();
  const say = useToast();
  const { busy, error, attempt } = useAttempt();
  const send = async (body: ReturnType<typeof changesOf>, version: number): Promise<Result> => {
    try {
      const params = { path: { asset }, header: { "if-match": `"${version}"` } };
      const stored = await answer(api.PATCH("/assets/{asset}", { params, body }));
      queries.setQueryData(keys.asset.one(asset), stored);
      void queries.invalidateQueries({ queryKey: keys.asset.lists });
      say("Saved.");
      return { stored };
    } catch (failure) {
      if (failure instanceof Refused && failure.now !== null) return { newer: failure.now as AssetDetail };
      const { field, text } = placed(failureText(failure));
      if (field !== null && failure instanceof Refused && failure.status === 400)
        return { mistakes: { [field]: text } };
      throw failure;
    }
  };
  const save: typeof send = async (...asked) => {
    let result: Result = {};
    await attempt(async () => {
      result = await send(...asked);
    });
    return result;
  };
  return { save, error, busy };
}
