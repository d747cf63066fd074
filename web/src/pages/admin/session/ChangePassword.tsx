import { type FormEvent, useState } from "react";
import { answer, api, Refused } from "../../../api/client";
import { Button } from "../../../ui/Button";
import { Dialog } from "../../../ui/Dialog";
import { ErrorNote } from "../../../ui/ErrorNote";
import { TextField } from "../../../ui/Field";
import { useToast } from "../../../ui/Toasts";
import { span } from "../words";
import { type Chosen, NewPassword, type Wrong, wrongIn } from "./NewPassword";
import { useSession, useSessionState } from "./session";
import { useThrottle } from "./throttle";

export function ChangePassword({ onClose }: { onClose: () => void }) {
  const { name } = useSession();
  const { entered } = useSessionState();
  const say = useToast();
  const [old, setOld] = useState("");
  const [chosen, setChosen] = useState<Chosen>({ password: "", again: "" });
  const [wrong, setWrong] = useState<Wrong & { old?: string }>({});
  const { error, waitS, busy, attempt } = useThrottle();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found = { ...(old === "" && { old: "Your password as it is now" }), ...wrongIn(chosen, name) };
    setWrong(found);
    if (Object.keys(found).length > 0) return;
    void attempt(async () => {
      entered(await answer(api.PUT("/session/password", { body: { old, new: chosen.password } })));
      say("Your password is changed. All other sessions of your account have ended.");
      onClose();
    });
  };
  const isOld = error instanceof Refused && error.message.startsWith("old:");
  return (
    <Dialog title="Change password" onClose={onClose}>
      <form noValidate onSubmit={submit} className="flex flex-col gap-4">
        <input type="text" name="username" autoComplete="username" value={name} readOnly hidden />
        <TextField
          label="Password now"
          type="password"
          autoComplete="current-password"
          value={old}
          error={wrong.old ?? (isOld ? "This is not your password" : null)}
          onChange={(event) => setOld(event.target.value)}
        />
        <NewPassword chosen={chosen} wrong={wrong} onChange={setChosen} />
        {error !== null && !isOld && <ErrorNote error={error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={busy} disabled={waitS > 0}>
            {waitS > 0 ? `Try again in ${span(waitS)}` : "Change"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
