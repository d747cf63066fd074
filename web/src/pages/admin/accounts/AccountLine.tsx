import { Ellipsis } from "lucide-react";
import { useState } from "react";
import { answer, api } from "../../../api/client";
import type { AccountView } from "../../../api/schema";
import { ActionMenu, type MenuAction } from "../../../ui/ActionMenu";
import { Badge } from "../../../ui/bits";
import { ErrorNote } from "../../../ui/ErrorNote";
import { useToast } from "../../../ui/Toasts";
import { when } from "../words";
import { address, ROLES, STATES } from "./roles";

type AccountLineProps = {
  account: AccountView;
  isMe: boolean;
  onChanged: () => void;
  onLink: (link: { name: string; link: string; until: string }) => void;
  onRemove: () => void;
};

/** An account, and what can be done with it. What fails is told below it. */
export function AccountLine({ account, isMe, onChanged, onLink, onRemove }: AccountLineProps) {
  const { name, role, state, created } = account;
  const say = useToast();
  const [error, setError] = useState<unknown>(null);
  const attempt = async (act: () => Promise<void>) => {
    setError(null);
    await act().catch(setError);
  };
  const change = (body: { role?: AccountView["role"]; disabled?: boolean }, done: string) =>
    attempt(async () => {
      await answer(api.PATCH("/accounts/{name}", { params: { path: { name } }, body }));
      say(done);
      onChanged();
    });
  const link = () =>
    attempt(async () => {
      const made = await answer(api.POST("/accounts/{name}/link", { params: { path: { name } } }));
      onLink({ name, link: address(made.link), until: made.expires_at });
    });
  const disabled = state === "disabled";
  const actions: MenuAction[] = [
    { verb: state === "invited" ? "Another invitation" : "Link for a new password", act: link },
    ...(disabled
      ? [{ verb: "Enable", act: () => change({ disabled: false }, `${name} may sign in again`) }]
      : [{ verb: "Disable", act: () => change({ disabled: true }, `${name} is signed out, and kept out`) }]),
    { verb: "Remove", danger: true, act: onRemove },
  ];
  return (
    <li className="flex flex-col gap-2 py-3">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <div className="min-w-0 grow">
          <p className="flex flex-wrap items-center gap-2 text-sm font-medium">
            <span className="min-w-0 break-all">{name}</span>
            {isMe && <Badge>you</Badge>}
            <Badge tone={STATES[state]}>{state}</Badge>
          </p>
          <p className="text-sm text-muted">
            since {when(created)}
            {account.sign_in === "oidc" && " · signs in by OpenID Connect"}
          </p>
        </div>
        <div className="flex w-full items-center gap-2 sm:w-auto">
          <select
            aria-label={`Role of ${name}`}
            value={role}
            onChange={(event) => {
              const wished = event.target.value as AccountView["role"];
              void change({ role: wished }, `${name} is ${wished} now`);
            }}
            className="min-h-10 min-w-0 grow rounded-lg border border-line bg-card px-3 text-sm"
          >
            {Object.entries(ROLES).map(([value, text]) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </select>
          <ActionMenu
            label={`What to do with ${name}`}
            button={<Ellipsis size={18} aria-hidden />}
            actions={actions}
          />
        </div>
      </div>
      {error !== null && <ErrorNote error={error} />}
    </li>
  );
}
