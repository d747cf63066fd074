import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { answer, api } from "../../../api/client";
import type { NewTokenView, TokenView } from "../../../api/schema";
import { Button } from "../../../ui/Button";
import { Badge, Card, Empty } from "../../../ui/bits";
import { Confirm, Dialog } from "../../../ui/Dialog";
import { SelectField, TextField } from "../../../ui/Field";
import { useToast } from "../../../ui/Toasts";
import { Page } from "../frame/Page";
import { keys } from "../keys";
import { FormDialog } from "../parts/FormDialog";
import { Loaded } from "../parts/Loaded";
import { Secret } from "../parts/Secret";
import { when } from "../words";

const SCOPES: Record<TokenView["scope"], string> = {
  read: "read: look at everything",
  edit: "edit: change everything but accounts and tokens",
  own: "own: everything",
};

/** Machine tokens: for scripts and services. */
export default function TokensPage() {
  const tokens = useQuery({ queryKey: keys.token.list, queryFn: () => answer(api.GET("/tokens")) });
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<NewTokenView | null>(null);
  const [revoking, setRevoking] = useState<TokenView | null>(null);
  const make = (
    <Button look="primary" onClick={() => setMaking(true)}>
      <Plus size={16} aria-hidden />
      Make a token
    </Button>
  );
  return (
    <Page title="Tokens" actions={make}>
      <Card>
        <Loaded query={tokens}>
          {(list) =>
            list.length === 0 ? (
              <Empty title="No tokens yet">
                A token lets a script or a service use the API. People have accounts instead.
              </Empty>
            ) : (
              <ul className="divide-y divide-line">
                {list.map((one) => (
                  <TokenLine key={one.id} token={one} onRevoke={() => setRevoking(one)} />
                ))}
              </ul>
            )
          }
        </Loaded>
      </Card>
      {making && (
        <MakeToken
          onClose={() => setMaking(false)}
          onMade={(token) => {
            setMaking(false);
            setMade(token);
            void tokens.refetch();
          }}
        />
      )}
      {made && (
        <Dialog title="The token" onClose={() => setMade(null)}>
          <Secret label={`${made.name || made.id} (${made.scope})`} text={made.token} />
        </Dialog>
      )}
      {revoking && <Revoke token={revoking} onClose={() => setRevoking(null)} onDone={() => void tokens.refetch()} />}
    </Page>
  );
}

function TokenLine({ token, onRevoke }: { token: TokenView; onRevoke: () => void }) {
  const ends =
    token.expires === null ? "does not end" : `${token.expired ? "ended" : "until"} ${when(token.expires)}`;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 py-3">
      <div className="min-w-0 grow">
        <p className="flex flex-wrap items-center gap-2 text-sm font-medium">
          <span className="min-w-0 break-words">{token.name || "(no name)"}</span>
          <Badge tone={token.scope === "own" ? "warn" : "plain"}>{token.scope}</Badge>
          {token.expired && <Badge tone="bad">ended</Badge>}
        </p>
        <p className="text-sm text-muted">
          <code>{token.id}</code> · made {when(token.created)} · {ends}
        </p>
      </div>
      <Button onClick={onRevoke}>Revoke</Button>
    </li>
  );
}

function MakeToken({ onMade, onClose }: { onMade: (token: NewTokenView) => void; onClose: () => void }) {
  const [name, setName] = useState("");
  const [scope, setScope] = useState<TokenView["scope"]>("edit");
  const [expires, setExpires] = useState("90d");
  const send = async () =>
    onMade(await answer(api.POST("/tokens", { body: { name, scope, expires: expires || null } })));
  return (
    <FormDialog title="Make a token" verb="Make it" onSend={send} onClose={onClose}>
      <TextField
        label="Name"
        hint="To know it by"
        maxLength={64}
        value={name}
        onChange={(e) => setName(e.target.value)}
      />
      <SelectField label="It may" value={scope} onChange={(e) => setScope(e.target.value as TokenView["scope"])}>
        {Object.entries(SCOPES).map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </SelectField>
      <SelectField label="It ends" value={expires} onChange={(e) => setExpires(e.target.value)}>
        <option value="1d">after a day</option>
        <option value="30d">after 30 days</option>
        <option value="90d">after 90 days</option>
        <option value="365d">after a year</option>
        <option value="">never</option>
      </SelectField>
    </FormDialog>
  );
}

function Revoke({ token, onDone, onClose }: { token: TokenView; onDone: () => void; onClose: () => void }) {
  const say = useToast();
  const revoke = async () => {
    await api.DELETE("/tokens/{token}", { params: { path: { token: token.id } } });
    say(`Token ${token.name || token.id} is revoked`);
    onDone();
  };
  return (
    <Confirm title="Revoke this token?" verb="Revoke" danger onConfirm={revoke} onClose={onClose}>
      Whatever uses <b>{token.name || token.id}</b> is refused within seconds. This cannot be undone: make another
      token instead.
    </Confirm>
  );
}
