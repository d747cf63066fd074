import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { answer, api } from "../../../api/client";
import { Button } from "../../../ui/Button";
import { ErrorNote } from "../../../ui/ErrorNote";
import { TextField } from "../../../ui/Field";
import { keys } from "../keys";
import { span } from "../words";
import { useSessionState } from "./session";
import { useThrottle } from "./throttle";

export function useOptions() {
  return useQuery({ queryKey: keys.session.options, queryFn: () => answer(api.GET("/session/options")) });
}

/** Name and password, or the button of the OpenID provider. `elsewhere`: that one opens a tab, so that the page stays. */
export function SignInForm({ name: known = "", elsewhere = false }: { name?: string; elsewhere?: boolean }) {
  const { entered } = useSessionState();
  const options = useOptions();
  const [name, setName] = useState(known);
  const [password, setPassword] = useState("");
  const [missing, setMissing] = useState<{ name?: string; password?: string }>({});
  const { error, waitS, busy, attempt } = useThrottle();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const lacks = {
      ...(name.trim() === "" && { name: "Your account's name" }),
      ...(password === "" && { password: "Your password" }),
    };
    setMissing(lacks);
    if (Object.keys(lacks).length > 0) return;
    void attempt(async () => entered(await answer(api.POST("/session", { body: { name: name.trim(), password } }))));
  };
  const oidc = options.data?.oidc;
  return (
    <form noValidate onSubmit={submit} className="flex flex-col gap-4">
      <TextField
        label="Name"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={200}
        autoFocus={known === ""}
        value={name}
        error={missing.name}
        onChange={(event) => setName(event.target.value)}
      />
      <TextField
        label="Password"
        type="password"
        autoComplete="current-password"
        autoFocus={known !== ""}
        value={password}
        error={missing.password}
        onChange={(event) => setPassword(event.target.value)}
      />
      {error !== null && <ErrorNote error={error} />}
      <Button type="submit" look="primary" busy={busy} disabled={waitS > 0}>
        {waitS > 0 ? `Try again in ${span(waitS)}` : "Sign in"}
      </Button>
      {oidc && (
        <a
          href={oidc.url}
          {...(elsewhere && { target: "_blank", rel: "opener" })}
          className="inline-flex min-h-10 items-center justify-center rounded-lg border border-line px-4 text-sm font-medium hover:bg-raised"
        >
          {oidc.title}
        </a>
      )}
    </form>
  );
}
