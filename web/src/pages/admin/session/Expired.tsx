import { useEffect, useState } from "react";
import { answer, api } from "../../../api/client";
import { Dialog } from "../../../ui/Dialog";
import { SignInForm } from "./SignInForm";
import { useSession, useSessionState } from "./session";

/** The session has ended: sign in over the page, where everything that was typed is still there. */
export function Expired() {
  const { name } = useSession();
  const { entered, left } = useSessionState();
  const [asked, setAsked] = useState(false);
  useEffect(() => {
    // In another tab somebody may have signed in meanwhile.
    const look = () => void answer(api.GET("/session")).then(entered, () => undefined);
    window.addEventListener("focus", look);
    return () => window.removeEventListener("focus", look);
  }, [entered]);
  return (
    <Dialog title="Sign in again" onClose={() => (asked ? left() : setAsked(true))}>
      <p className="text-sm text-muted">
        Your session has ended. Sign in, and go on where you were: nothing on this page is lost.
        {asked && " Close this once more to leave the page."}
      </p>
      <SignInForm name={name} elsewhere />
    </Dialog>
  );
}
