import { type FormEvent, useState } from "react";
import { answer, api } from "../../../api/client";
import type { Cohorts } from "../../../api/schema";
import { Confirm } from "../../../ui/Dialog";
import { SelectField } from "../../../ui/Field";
import { useMay } from "../session/session";
import { CohortRows } from "./CohortRows";
import { type CohortsMistakes, cohortsBody, cohortsDraft, cohortsMistakes } from "./cohorts";
import { newerVersion, useChanged } from "./deeds";
import { useDraft } from "./draft";
import { FormFoot } from "./FormFoot";

type CohortsEditorProps = { channel: string; version: number; cohorts: Cohorts | null; lineups: readonly string[] };

/** The rules by which viewers are put on given lineups. */
export function CohortsEditor({ channel, version, cohorts, lineups }: CohortsEditorProps) {
  const held = useDraft(cohortsDraft(cohorts));
  const [mistakes, setMistakes] = useState<CohortsMistakes>({});
  const [asking, setAsking] = useState(false);
  const mayEdit = useMay("editor");
  const { draft, edit } = held;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found = cohortsMistakes(draft);
    setMistakes(found);
    setAsking(Object.keys(found).length === 0);
  };
  return (
    <form noValidate onSubmit={submit} className="flex flex-col gap-5">
      <p className="text-sm text-muted">
        Viewers of whom something is known are put on a given lineup by the first rule that fits, else by the taste
        that is nearest. It counts when they join next. Without any of this everybody has a lineup of their own.
      </p>
      {/* Who may only look finds the same, and cannot type. */}
      <fieldset disabled={!mayEdit} className="flex min-w-0 flex-col gap-5">
        <CohortRows
          label="Rules"
          empty="No rules"
          field="rules"
          rows={draft.rules}
          lineups={lineups}
          mistakes={mistakes}
          onChange={(rules) => edit({ rules: rules.map((one) => ({ ...one, most: one.most ?? "" })) })}
          hasRating
        />
        <CohortRows
          label="Tastes"
          empty="No tastes"
          field="tastes"
          rows={draft.tastes}
          lineups={lineups}
          mistakes={mistakes}
          onChange={(tastes) => edit({ tastes: tastes.map(({ lineup, likes }) => ({ lineup, likes })) })}
        />
        <SelectField
          label="Those of whom nothing is known"
          value={draft.otherwise}
          onChange={(event) => edit({ otherwise: event.target.value })}
        >
          <option value="">have a lineup of their own</option>
          {[...new Set([...lineups, ...(draft.otherwise ? [draft.otherwise] : [])])].map((one) => (
            <option key={one} value={one}>
              are on {one}
            </option>
          ))}
        </SelectField>
      </fieldset>
      {mayEdit && <FormFoot held={held} verb="Save" />}
      {asking && (
        <Sure channel={channel} version={version} body={cohortsBody(draft)} onClose={() => setAsking(false)} />
      )}
    </form>
  );
}

type SureProps = { channel: string; version: number; body: Cohorts | null; onClose: () => void };

function Sure({ channel, version, body, onClose }: SureProps) {
  const changed = useChanged(channel);
  const [of, setOf] = useState(version);
  const store = async () => {
    const params = { path: { channel }, header: { "if-match": `"${of}"` } };
    try {
      const told =
        body === null
          ? await answer(api.DELETE("/channels/{channel}/cohorts", { params }))
          : await answer(api.PUT("/channels/{channel}/cohorts", { params, body }));
      changed("The cohorts are changed.", told.version);
    } catch (failure) {
      const newer = newerVersion(failure, of);
      if (newer === null) throw failure;
      setOf(newer);
      throw new Error(
        "Somebody else changed the channel meanwhile. Nothing is stored yet; to store yours, save again.",
      );
    }
  };
  return (
    <Confirm title="Change the cohorts?" verb="Save" onConfirm={store} onClose={onClose}>
      {body === null
        ? "Every viewer has a lineup of their own then, from when they join next."
        : "It counts for each viewer from when they join next; who was put on a lineup by hand stays there."}
    </Confirm>
  );
}
