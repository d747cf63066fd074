import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../../../api/client";
import { Button } from "../../../ui/Button";
import { Card } from "../../../ui/bits";
import { ErrorNote } from "../../../ui/ErrorNote";
import { TextField } from "../../../ui/Field";
import { keys } from "../keys";
import { Loaded } from "../parts/Loaded";
import { CohortsEditor } from "./CohortsEditor";
import { LineupsCard } from "./LineupsCard";
import { useLineups } from "./stored";

/** Which viewers share a lineup, and why. */
export default function CohortsTab({ channel }: { channel: string }) {
  const stored = useQuery({
    queryKey: keys.channel.cohorts(channel),
    queryFn: () => answer(api.GET("/channels/{channel}/cohorts", { params: { path: { channel } } })),
  });
  const lineups = useLineups(channel);
  const names = (lineups.data ?? []).map((one) => one.id);
  return (
    <div className="grid items-start gap-4 xl:grid-cols-[2fr_1fr]">
      <Card title="Cohorts">
        <Loaded query={stored}>
          {(view) => (
            <CohortsEditor channel={channel} version={view.version} cohorts={view.cohorts ?? null} lineups={names} />
          )}
        </Loaded>
      </Card>
      <div className="flex min-w-0 flex-col gap-4">
        <LineupsCard channel={channel} lineups={lineups} />
        <WhoCard channel={channel} />
      </div>
    </div>
  );
}

/** To which cohort a viewer belongs. */
function WhoCard({ channel }: { channel: string }) {
  const [typed, setTyped] = useState("");
  const [viewer, setViewer] = useState("");
  const found = useQuery({
    queryKey: keys.channel.cohort(channel, viewer),
    queryFn: () => answer(api.GET("/channels/{channel}/cohorts/{viewer}", { params: { path: { channel, viewer } } })),
    enabled: viewer !== "",
  });
  return (
    <Card title="Who belongs where">
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          setViewer(typed.trim());
        }}
      >
        <TextField
          label="Viewer"
          hint="The name of a viewer of this channel"
          maxLength={64}
          autoCapitalize="none"
          spellCheck={false}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        <Button type="submit" className="self-start" busy={found.isFetching} disabled={typed.trim() === ""}>
          Look
        </Button>
        {found.error !== null && <ErrorNote error={found.error} />}
        {found.data && (
          <p role="status" className="text-sm break-words">
            <b className="font-medium">{found.data.viewer}</b> is on the lineup{" "}
            <b className="font-medium">{found.data.lineup}</b>,{" "}
            {found.data.cohort ? "as their cohort's." : "given to them, or of their own."}
          </p>
        )}
      </form>
    </Card>
  );
}
