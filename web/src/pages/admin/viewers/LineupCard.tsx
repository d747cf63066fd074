import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { answer, api } from "../../../api/client";
import { Button } from "../../../ui/Button";
import { Badge, Card } from "../../../ui/bits";
import { Confirm } from "../../../ui/Dialog";
import { TextField } from "../../../ui/Field";
import { useToast } from "../../../ui/Toasts";
import { useLineups } from "../channels/stored";
import { keys } from "../keys";
import { FormDialog } from "../parts/FormDialog";
import { Loaded } from "../parts/Loaded";
import { May } from "../session/session";
import type { Whose } from "./data";

type Kind = "given" | "cohort" | "derived";

const WORDS: Record<Kind, string> = {
  given: "They were put on it.",
  cohort: "They share it with their cohort.",
  derived: "It is derived from the names of channel and viewer; nothing is stored.",
};

function useLineup({ channel, viewer }: Whose) {
  return useQuery({
    queryKey: keys.channel.viewer(channel, viewer),
    queryFn: async () => {
      const params = { path: { channel, viewer } };
      const [{ lineup, given }, shared] = await Promise.all([
        answer(api.GET("/channels/{channel}/viewers/{viewer}", { params })),
        answer(api.GET("/channels/{channel}/cohorts/{viewer}", { params })),
      ]);
      const kind: Kind = given ? "given" : shared.cohort ? "cohort" : "derived";
      return { lineup: given ? lineup : shared.lineup, kind };
    },
  });
}

/** Which lineup a viewer is on, and how they come to it. */
export function LineupCard({ whose }: { whose: Whose }) {
  const lineup = useLineup(whose);
  const [open, setOpen] = useState<"assign" | "take" | null>(null);
  return (
    <Card title="Lineup">
      <Loaded query={lineup} rows={1}>
        {({ lineup: id, kind }) => (
          <div className="flex flex-col gap-3 text-sm">
            <p className="flex flex-wrap items-center gap-2">
              <code className="break-all">{id}</code>
              <Badge tone={kind === "derived" ? "plain" : "accent"}>{kind}</Badge>
            </p>
            <p className="text-muted">{WORDS[kind]}</p>
            <May as="editor">
              <div className="flex flex-wrap gap-2">
                <Button onClick={() => setOpen("assign")}>
                  {kind === "given" ? "Put on another" : "Put on a lineup"}
                </Button>
                {kind === "given" && <Button onClick={() => setOpen("take")}>Take away</Button>}
              </div>
            </May>
          </div>
        )}
      </Loaded>
      {open === "assign" && <Assign whose={whose} onClose={() => setOpen(null)} />}
      {open === "take" && <TakeAway whose={whose} onClose={() => setOpen(null)} />}
    </Card>
  );
}

type OpenProps = { whose: Whose; onClose: () => void };

function useAssign({ channel, viewer }: Whose) {
  const queries = useQueryClient();
  return async (lineup: string | null) => {
    const params = { path: { channel, viewer } };
    await api.PUT("/channels/{channel}/viewers/{viewer}", { params, body: { lineup } });
    await queries.invalidateQueries({ queryKey: keys.channel.all });
  };
}

function Assign({ whose, onClose }: OpenProps) {
  const [lineup, setLineup] = useState("");
  const assign = useAssign(whose);
  const say = useToast();
  const id = useId();
  const { channel } = whose;
  const given = useLineups(channel);
  const send = async () => {
    await assign(lineup.trim());
    say(`${whose.viewer} is on ${lineup.trim()}.`);
    onClose();
  };
  return (
    <FormDialog title={`Put ${whose.viewer} on a lineup`} verb="Put on it" onSend={send} onClose={onClose}>
      <TextField
        label="Given lineup"
        required
        list={id}
        maxLength={64}
        value={lineup}
        onChange={(event) => setLineup(event.target.value)}
        hint={
          given.data?.length === 0
            ? "None was given yet: streamsync lineups give."
            : "It counts when they join the next time."
        }
      />
      <datalist id={id}>
        {given.data?.map((one) => (
          <option key={one.id} value={one.id} />
        ))}
      </datalist>
    </FormDialog>
  );
}

function TakeAway({ whose, onClose }: OpenProps) {
  const assign = useAssign(whose);
  const say = useToast();
  const take = async () => {
    await assign(null);
    say(`${whose.viewer} is on the lineup of their own.`);
  };
  return (
    <Confirm title="Take the lineup away?" verb="Take away" onConfirm={take} onClose={onClose}>
      When {whose.viewer} joins the next time they see the lineup that is derived from their name. They can be put on
      this one again.
    </Confirm>
  );
}
