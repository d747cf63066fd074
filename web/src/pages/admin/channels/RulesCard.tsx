import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../../../api/client";
import type { Rules, RulesView } from "../../../api/schema";
import { Button } from "../../../ui/Button";
import { Card } from "../../../ui/bits";
import { ErrorNote } from "../../../ui/ErrorNote";
import { keys } from "../keys";
import { Loaded } from "../parts/Loaded";
import { useMay } from "../session/session";
import { DayPartFields } from "./DayPartFields";
import { sent } from "./deeds";
import { useDraft } from "./draft";
import { FormFoot } from "./FormFoot";
import { Review } from "./Review";
import { RulesFields } from "./RulesFields";
import { type RulesMistakes, rulesBody, rulesDraft, rulesMistakes } from "./rules";
import type { Channel } from "./stored";
import { useTrial } from "./trial";

/** In what order the clips of the pool air. */
export function RulesCard({ channel }: { channel: Channel }) {
  const { name, version } = channel;
  const stored = useQuery({
    queryKey: keys.channel.rules(name, version),
    queryFn: () => answer(api.GET("/channels/{channel}/rules", { params: { path: { channel: name } } })),
    placeholderData: (before) => before,
  });
  const mayEdit = useMay("editor");
  return (
    <Card title="Rules">
      <Loaded query={stored}>
        {(view) => (mayEdit ? <Editor channel={channel} view={view} /> : <Kept view={view} label="What is kept" />)}
      </Loaded>
    </Card>
  );
}

function Editor({ channel: { name, version }, view }: { channel: Channel; view: RulesView }) {
  const held = useDraft(rulesDraft(view.rules));
  const [mistakes, setMistakes] = useState<RulesMistakes>({});
  const [asking, setAsking] = useState(false);
  const trial = useTrial((wished: Rules) =>
    answer(api.POST("/channels/{channel}/rules/try", { params: { path: { channel: name } }, body: wished })),
  );
  const body = rulesBody(held.draft);
  const isRight = () => {
    const found = rulesMistakes(held.draft);
    setMistakes(found);
    return Object.keys(found).length === 0;
  };
  return (
    <form
      noValidate
      className="flex flex-col gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        setAsking(isRight());
      }}
    >
      <RulesFields draft={held.draft} mistakes={mistakes} onEdit={held.edit} />
      <DayPartFields draft={held.draft} mistakes={mistakes} onEdit={held.edit} />
      {trial.error !== null && <ErrorNote error={trial.error} />}
      <Kept view={trial.found ?? view} label={trial.found ? "What would be kept" : "What is kept now"} />
      <FormFoot
        held={held}
        verb="Look what it does"
        also={
          <Button busy={trial.busy} onClick={() => isRight() && void trial.ask(body)}>
            Try it
          </Button>
        }
      />
      {asking && (
        <Review
          title="Change the rules?"
          verb="Change them"
          channel={name}
          version={version}
          change={(how) => answer(api.PUT("/channels/{channel}/rules", { params: sent(name, how), body }))}
          said="The rules are changed."
          onDone={trial.forget}
          onClose={() => setAsking(false)}
        >
          Every viewer goes over to the new order at their next clip.
        </Review>
      )}
    </form>
  );
}

function Kept({ view: { met, relaxed, clips, pool }, label }: { view: RulesView; label: string }) {
  return (
    <section aria-label={label} className="flex flex-col gap-1 rounded-lg bg-raised p-3 text-sm" role="status">
      <p className="font-medium">
        {label}: {clips} of {pool} in each round
      </p>
      {met.map((rule) => (
        <p key={rule} className="break-words">
          <span className="text-good">kept</span> {rule}
        </p>
      ))}
      {relaxed.map((rule) => (
        <p key={rule} className="break-words">
          <span className="text-warn">relaxed</span> {rule}
        </p>
      ))}
    </section>
  );
}
