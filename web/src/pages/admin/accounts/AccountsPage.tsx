import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { answer, api } from "../../../api/client";
import type { AccountView } from "../../../api/schema";
import { Button } from "../../../ui/Button";
import { Badge, Card } from "../../../ui/bits";
import { Confirm, Dialog } from "../../../ui/Dialog";
import { SelectField, TextField } from "../../../ui/Field";
import { useToast } from "../../../ui/Toasts";
import { Page } from "../frame/Page";
import { keys } from "../keys";
import { FormDialog } from "../parts/FormDialog";
import { Loaded } from "../parts/Loaded";
import { Secret } from "../parts/Secret";
import { useSession } from "../session/session";
import { when } from "../words";
import { AccountLine } from "./AccountLine";
import { address, ROLES } from "./roles";

type Link = { name: string; link: string; until: string };
type Doing = { what: "invite" } | { what: "remove"; account: AccountView } | { what: "link"; link: Link } | null;

/** Who may sign in, and what they may do. */
export default function AccountsPage() {
  const { name: me } = useSession();
  const accounts = useQuery({ queryKey: keys.account.list, queryFn: () => answer(api.GET("/accounts")) });
  const [doing, setDoing] = useState<Doing>(null);
  const close = () => setDoing(null);
  const told = (link: Link) => {
    setDoing({ what: "link", link });
    void accounts.refetch();
  };
  const invite = (
    <Button look="primary" onClick={() => setDoing({ what: "invite" })}>
      <Plus size={16} aria-hidden />
      Invite
    </Button>
  );
  return (
    <Page title="Accounts" actions={invite}>
      <Card>
        <Loaded query={accounts}>
          {(list) => (
            <ul className="divide-y divide-line">
              {list.map((one) => (
                <AccountLine
                  key={one.name}
                  account={one}
                  isMe={one.name === me}
                  onChanged={() => void accounts.refetch()}
                  onLink={told}
                  onRemove={() => setDoing({ what: "remove", account: one })}
                />
              ))}
            </ul>
          )}
        </Loaded>
      </Card>
      {doing?.what === "invite" && <Invite onClose={close} onTold={told} />}
      {doing?.what === "link" && (
        <Dialog title={`A link for ${doing.link.name}`} onClose={close}>
          <Secret label="Send them this address" text={doing.link.link} />
          <p className="text-sm text-muted">It opens once, until {when(doing.link.until)}.</p>
        </Dialog>
      )}
      {doing?.what === "remove" && (
        <Remove account={doing.account} onClose={close} onDone={() => void accounts.refetch()} />
      )}
    </Page>
  );
}

function Invite({ onTold, onClose }: { onTold: (link: Link) => void; onClose: () => void }) {
  const [name, setName] = useState("");
  const [role, setRole] = useState<AccountView["role"]>("editor");
  const send = async () => {
    const { link, expires_at: until } = await answer(api.POST("/accounts", { body: { name, role } }));
    if (link && until) onTold({ name, link: address(link), until });
  };
  return (
    <FormDialog title="Invite somebody" verb="Make the link" onSend={send} onClose={onClose}>
      <TextField
        label="Name"
        hint="What they sign in with: letters, digits, '.', '_' or '-'"
        autoComplete="off"
        required
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <SelectField label="Role" value={role} onChange={(event) => setRole(event.target.value as AccountView["role"])}>
        {Object.entries(ROLES).map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </SelectField>
    </FormDialog>
  );
}

function Remove({ account, onDone, onClose }: { account: AccountView; onDone: () => void; onClose: () => void }) {
  const say = useToast();
  const remove = async () => {
    await api.DELETE("/accounts/{name}", { params: { path: { name: account.name } } });
    say(`Account ${account.name} is removed`);
    onDone();
  };
  return (
    <Confirm title={`Remove ${account.name}?`} verb="Remove" danger onConfirm={remove} onClose={onClose}>
      They are signed out everywhere, and what they changed stays in the trail under this name. It cannot be undone;
      to keep somebody out for a while, disable the account instead.
      {account.role === "owner" && <Badge tone="warn">an owner</Badge>}
    </Confirm>
  );
}
