import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { useLocation } from "wouter";
import { answer, api, Refused } from "../../../api/client";
import type { OpenLinkView } from "../../../api/schema";
import { Button } from "../../../ui/Button";
import { Skeleton } from "../../../ui/bits";
import { ErrorNote } from "../../../ui/ErrorNote";
import { TextField } from "../../../ui/Field";
import { keys } from "../keys";
import { span } from "../words";
import { type Chosen, NewPassword, type Wrong, wrongIn } from "./NewPassword";
import { Alone } from "./SignInPage";
import { useSessionState } from "./session";
import { useThrottle } from "./throttle";

const TITLES: Record<OpenLinkView["kind"], string> = {
  setup: "Become the first owner",
  invitation: "Welcome to StreamSync",
  reset: "Choose a new password",
};

/** A one-time link, whose code stands behind the `#`, so that it is in no log. */
export function LinkPage() {
  const [code, setCode] = useState(() => location.hash.slice(1));
  useEffect(() => {
    const changed = () => setCode(location.hash.slice(1));
    window.addEventListener("hashchange", changed);
    return () => window.removeEventListener("hashchange", changed);
  }, []);
  const link = useQuery({
    queryKey: keys.session.link(code),
    queryFn: () => answer(api.POST("/session/link/check", { body: { link: code } })),
    staleTime: Number.POSITIVE_INFINITY,
    refetchInterval: false,
  });
  if (link.isPending) {
    return (
      <Alone title="One-time link">
        <Skeleton className="h-60" />
      </Alone>
    );
  }
  if (link.error !== null) return <Unusable error={link.error} />;
  return (
    <Alone title={TITLES[link.data.kind]}>
      <Choose code={code} link={link.data} />
    </Alone>
  );
}

function Unusable({ error }: { error: Error }) {
  const gone = error instanceof Refused && [400, 404].includes(error.status);
  return (
    <Alone title="This link does not open">
      <div className="flex flex-col gap-3 text-sm leading-relaxed">
        <ErrorNote error={error} />
        {gone && (
          <p>
            A link opens once. If you have chosen your password already, sign in with it. An owner makes a new link
            under Accounts; on the server's machine{" "}
            <code className="rounded bg-raised px-1 py-0.5">streamsync admin link NAME</code> does.
          </p>
        )}
        <a href="/admin" className="font-medium text-accent underline">
          To the sign-in
        </a>
      </div>
    </Alone>
  );
}

function Choose({ code, link }: { code: string; link: OpenLinkView }) {
  const { entered } = useSessionState();
  const [, navigate] = useLocation();
  const [name, setName] = useState(link.name ?? "");
  const [chosen, setChosen] = useState<Chosen>({ password: "", again: "" });
  const [wrong, setWrong] = useState<Wrong & { name?: string }>({});
  const { error, waitS, busy, attempt } = useThrottle();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found = { ...(name.trim() === "" && { name: "Choose a name" }), ...wrongIn(chosen, name) };
    setWrong(found);
    if (Object.keys(found).length > 0) return;
    const body = { link: code, name: name.trim(), password: chosen.password };
    void attempt(async () => {
      const session = await answer(api.POST("/session/link", { body }));
      navigate("/", { replace: true });
      entered(session);
    });
  };
  return (
    <form noValidate onSubmit={submit} className="flex flex-col gap-4">
      <TextField
        label="Name"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        readOnly={link.name !== null}
        maxLength={200}
        value={name}
        error={wrong.name}
        onChange={(event) => setName(event.target.value)}
      />
      <NewPassword chosen={chosen} wrong={wrong} onChange={setChosen} />
      {error !== null && <ErrorNote error={error} />}
      <Button type="submit" look="primary" busy={busy} disabled={waitS > 0}>
        {waitS > 0 ? `Try again in ${span(waitS)}` : "Choose and sign in"}
      </Button>
    </form>
  );
}
