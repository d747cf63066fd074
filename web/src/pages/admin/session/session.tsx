import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import { answer, api, onRefused, Refused, setCsrf } from "../../../api/client";
import type { SessionView } from "../../../api/schema";

export type Session = SessionView;
export type Role = Session["role"];
type State =
  | { at: "asking"; error: unknown }
  | { at: "out" }
  /** `expired`: it has ended on the server; what is on the page stays, and one may sign in over it. */
  | { at: "in"; session: Session; expired: boolean };

type Held = {
  state: State;
  /** Somebody has signed in, or has a new session. */
  entered: (session: Session) => void;
  left: () => void;
  /** Ask the server whether there still is a session. */
  ask: () => Promise<void>;
};

const ASKED_AGAIN_MS = 3000;
const RANKS: Record<Role, number> = { viewer: 0, editor: 1, owner: 2 };
const Context = createContext<Held | null>(null);

export function useSessionState(): Held {
  const held = useContext(Context);
  if (held === null) throw new Error("this is shown outside of a SessionProvider");
  return held;
}

/** Who has signed in. Only for what is shown to somebody who has. */
export function useSession(): Session {
  const { state } = useSessionState();
  if (state.at !== "in") throw new Error("nobody has signed in");
  return state.session;
}

/** Whether who has signed in may do what this role may. */
export function useMay(role: Role): boolean {
  return RANKS[useSession().role] >= RANKS[role];
}

/** What only this role and those above see: the buttons that change something. */
export function May({ as, children }: { as: Role; children: ReactNode }) {
  return useMay(as) ? children : null;
}

export function SessionProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const [state, setState] = useState<State>({ at: "asking", error: null });
  const last = useRef<Session | null>(null);
  const settle = useCallback(
    (session: Session) => {
      setCsrf(session.csrf);
      // What one account was shown is nothing for another.
      if (last.current !== null && last.current.name !== session.name) queries.clear();
      else void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== "session" });
      last.current = session;
      setState({ at: "in", session, expired: false });
    },
    [queries],
  );
  const ask = useCallback(async () => {
    try {
      settle(await answer(api.GET("/session")));
    } catch (error) {
      if (error instanceof Refused && error.status === 401) setState(out);
      else setState((now) => (now.at === "asking" ? { at: "asking", error } : now));
    }
  }, [settle]);
  const tell = useOtherTabs(ask);
  const held = useMemo<Held>(
    () => ({
      state,
      ask,
      entered: (session) => {
        settle(session);
        tell();
      },
      left: () => {
        setCsrf(null);
        last.current = null;
        queries.clear();
        setState({ at: "out" });
        tell();
      },
    }),
    [state, ask, settle, tell, queries],
  );
  useEffect(() => onRefused((status) => (status === 401 ? setState(out) : void ask())), [ask]);
  useEffect(() => void ask(), [ask]);
  useEffect(() => {
    if (state.at !== "asking" || state.error === null) return;
    const again = setTimeout(ask, ASKED_AGAIN_MS);
    return () => clearTimeout(again);
  }, [state, ask]);
  return <Context.Provider value={held}>{children}</Context.Provider>;
}

/** There is no session (any more). */
function out(now: State): State {
  return now.at === "in" ? { ...now, expired: true } : { at: "out" };
}

/** Tabs have one cookie, so who signs in or out in one does in all. Returns how to tell the others. */
function useOtherTabs(ask: () => Promise<void>): () => void {
  const channel = useRef<BroadcastChannel | null>(null);
  useEffect(() => {
    const opened = new BroadcastChannel("streamsync-session");
    opened.onmessage = () => void ask();
    channel.current = opened;
    return () => opened.close();
  }, [ask]);
  return useCallback(() => channel.current?.postMessage("changed"), []);
}
