import { useState } from "react";
import { answer, api } from "../../../api/client";
import type { PoolQuery, Selection } from "../../../api/schema";
import { Button } from "../../../ui/Button";
import { ErrorNote } from "../../../ui/ErrorNote";
import { Chosen } from "./Chosen";
import { sent } from "./deeds";
import { useDraft } from "./draft";
import { FormFoot } from "./FormFoot";
import { QueryFields } from "./QueryFields";
import { type QueryMistakes, queryBody, queryDraft, queryMistakes } from "./query";
import { Review } from "./Review";
import type { Channel } from "./stored";
import { useTrial } from "./trial";

type PoolByQueryProps = { channel: Channel; assets: string[]; onDone: () => void };

/** A pool that follows what is said of assets: tried first, then applied. */
export function PoolByQuery({ channel: { name, version, query }, assets, onDone }: PoolByQueryProps) {
  const held = useDraft(queryDraft(query ?? null));
  const [mistakes, setMistakes] = useState<QueryMistakes>({});
  const [asking, setAsking] = useState(false);
  const trial = useTrial((wished: PoolQuery) =>
    answer(api.POST("/channels/{channel}/query/try", { params: { path: { channel: name } }, body: wished })),
  );
  const body = queryBody(held.draft);
  const isRight = () => {
    const found = queryMistakes(held.draft);
    setMistakes(found);
    return Object.keys(found).length === 0;
  };
  return (
    <form
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        setAsking(isRight());
      }}
    >
      <QueryFields draft={held.draft} mistakes={mistakes} onEdit={held.edit} />
      {trial.error !== null && <ErrorNote error={trial.error} />}
      {trial.found ? (
        <Found found={trial.found} before={assets} />
      ) : (
        query && <Chosen label="Assets in the pool" assets={assets} />
      )}
      <FormFoot
        held={query ? held : { ...held, isChanged: true }}
        verb="Look what it does"
        also={
          <Button busy={trial.busy} onClick={() => isRight() && void trial.ask(body)}>
            Try it
          </Button>
        }
      />
      {asking && (
        <Review
          title="Let the pool follow this?"
          verb="Follow it"
          channel={name}
          version={version}
          change={(how) => answer(api.PUT("/channels/{channel}/query", { params: sent(name, how), body }))}
          said="The pool follows another query."
          onDone={onDone}
          onClose={() => setAsking(false)}
        >
          From now on what is said of assets decides which are in the pool, new ones too.
        </Review>
      )}
    </form>
  );
}

function Found({ found: { assets }, before }: { found: Selection; before: readonly string[] }) {
  const ids = assets.map((one) => one.id);
  const added = ids.filter((id) => !before.includes(id)).length;
  const gone = before.filter((id) => !ids.includes(id)).length;
  return (
    <div className="flex flex-col gap-2" role="status">
      <p className="text-sm">
        <b className="font-medium">
          {ids.length} {ids.length === 1 ? "asset fits" : "assets fit"}
        </b>
        : {added} that are not in the pool now; {gone} of the pool would go.
      </p>
      <Chosen label="Assets that fit" assets={ids} />
    </div>
  );
}
