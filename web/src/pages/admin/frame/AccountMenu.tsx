import { CircleUserRound, KeyRound, LogOut } from "lucide-react";
import { useState } from "react";
import { api, Refused } from "../../../api/client";
import { ActionMenu } from "../../../ui/ActionMenu";
import { useToast } from "../../../ui/Toasts";
import { failureText } from "../../../ui/words";
import { ChangePassword } from "../session/ChangePassword";
import { useSession, useSessionState } from "../session/session";

export function AccountMenu() {
  const { name, role, sign_in } = useSession();
  const { left } = useSessionState();
  const say = useToast();
  const [changing, setChanging] = useState(false);
  const signOut = async () => {
    try {
      await api.DELETE("/session");
    } catch (error) {
      // Who has no session any more is signed out already.
      if (!(error instanceof Refused && error.status === 401)) {
        say(`You are still signed in: ${failureText(error)}`, { bad: true });
        return;
      }
    }
    left();
  };
  const password = {
    verb: "Change password",
    icon: <KeyRound size={16} aria-hidden />,
    act: () => setChanging(true),
  };
  return (
    <>
      <ActionMenu
        label={`Account ${name}`}
        button={<CircleUserRound size={20} aria-hidden />}
        about={
          <div className="mb-1 border-b border-line px-2 pt-1 pb-2 text-sm">
            <p className="font-medium break-words">{name}</p>
            <p className="text-muted">{role}</p>
          </div>
        }
        actions={[
          ...(sign_in === "password" ? [password] : []),
          { verb: "Sign out", icon: <LogOut size={16} aria-hidden />, act: () => void signOut() },
        ]}
      />
      {changing && <ChangePassword onClose={() => setChanging(false)} />}
    </>
  );
}
