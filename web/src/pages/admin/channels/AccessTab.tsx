import { useState } from "react";
import { answer, api } from "../../../api/client";
import type { PlaybackTokenView } from "../../../api/schema";
import { Button } from "../../../ui/Button";
import { Card, Skeleton } from "../../../ui/bits";
import { Confirm, Dialog } from "../../../ui/Dialog";
import { SelectField, TextField } from "../../../ui/Field";
import { FormDialog } from "../parts/FormDialog";
import { Secret } from "../parts/Secret";
import { May, useMay } from "../session/session";
import { when } from "../words";
import { useChanged } from "./deeds";
import { type Channel, useChannel } from "./stored";

/** Who may watch: anybody, or who has a playback token. */
export default function AccessTab({ channel }: { channel: string }) {
  const { data } = useChannel(channel);
  if (data === undefined) return <Skeleton className="h-40" />;
  return (
    <div className="grid items-start gap-4 lg:grid-cols-2">
      <WhoMay channel={data} />
      <Tokens channel={data} />
    </div>
  );
}

function WhoMay({ channel: { name, version, public: isPublic } }: { channel: Channel }) {
  const [asking, setAsking] = useState(false);
  const changed = useChanged(name);
  const change = async () => {
    const params = { path: { channel: name }, header: { "if-match": `"${version}"` } };
    const body = { access: isPublic ? ("token" as const) : ("public" as const) };
    const told = await answer(api.PUT("/channels/{channel}/access", { params, body }));
    changed(isPublic ? `${name} needs a token now.` : `${name} is public now.`, told.version);
  };
  return (
    <Card title="Who may watch">
      <div className="flex flex-col gap-4 text-sm">
        <p>
          {isPublic ? (
            <>
              <b className="font-medium">Anybody.</b> It is on the landing page while it is on air, or to begin.
            </>
          ) : (
            <>
              <b className="font-medium">Who has a playback token.</b> It is not on the landing page.
            </>
          )}
        </p>
        <May as="editor">
          <Button className="self-start" onClick={() => setAsking(true)}>
            {isPublic ? "Let it need a token" : "Let anybody watch"}
          </Button>
        </May>
      </div>
      {asking && (
        <Confirm
          title={isPublic ? "Let it need a token?" : "Let anybody watch?"}
          verb={isPublic ? "Let it need a token" : "Let anybody watch"}
          danger={isPublic ?? false}
          onConfirm={change}
          onClose={() => setAsking(false)}
        >
          {isPublic
            ? "Who watches without a token is turned away within seconds. This can be undone."
            : "Everybody who knows its name can watch it, and the landing page shows it. This can be undone."}
        </Confirm>
      )}
    </Card>
  );
}

function Tokens({ channel: { name } }: { channel: Channel }) {
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<PlaybackTokenView | null>(null);
  const mayMake = useMay("editor");
  return (
    <Card title="Playback tokens">
      <div className="flex flex-col gap-4 text-sm">
        <p>
          A token lets one viewer watch, for so long. It is told once, and not kept: it ends by itself, or when the
          server's key is changed.
        </p>
        {mayMake && (
          <Button className="self-start" onClick={() => setMaking(true)}>
            Issue a token
          </Button>
        )}
      </div>
      {making && (
        <Issue
          channel={name}
          onClose={() => setMaking(false)}
          onMade={(token) => {
            setMaking(false);
            setMade(token);
          }}
        />
      )}
      {made && (
        <Dialog title="The token" onClose={() => setMade(null)}>
          <Secret label="Its watch page, to be passed on" text={linkOf(name, made.token)} />
          <Secret label="The token alone" text={made.token} />
          <p className="text-sm text-muted">It is good until {when(made.expires)}.</p>
        </Dialog>
      )}
    </Card>
  );
}

function linkOf(channel: string, token: string): string {
  return `${window.location.origin}/watch/${channel}?t=${encodeURIComponent(token)}`;
}

type IssueProps = { channel: string; onMade: (token: PlaybackTokenView) => void; onClose: () => void };

function Issue({ channel, onMade, onClose }: IssueProps) {
  const [viewer, setViewer] = useState("");
  const [expires, setExpires] = useState("1d");
  const send = async () => {
    const params = { path: { channel } };
    onMade(await answer(api.POST("/channels/{channel}/playback-tokens", { params, body: { viewer, expires } })));
  };
  return (
    <FormDialog title="Issue a playback token" verb="Issue it" onSend={send} onClose={onClose}>
      <TextField
        label="Viewer"
        hint="Their name on the channel: letters, digits, “.”, “_” and “-”"
        required
        maxLength={64}
        autoCapitalize="none"
        spellCheck={false}
        value={viewer}
        onChange={(event) => setViewer(event.target.value)}
      />
      <SelectField label="It ends" value={expires} onChange={(event) => setExpires(event.target.value)}>
        <option value="6h">after 6 hours</option>
        <option value="1d">after a day</option>
        <option value="7d">after a week</option>
        <option value="30d">after 30 days</option>
      </SelectField>
    </FormDialog>
  );
}
