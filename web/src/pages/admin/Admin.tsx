import { QueryClientProvider } from "@tanstack/react-query";
import { useState } from "react";
import { Router, useLocation } from "wouter";
import { Toasts } from "../../ui/Toasts";
import { Boundary } from "./frame/Boundary";
import { Frame } from "./frame/Frame";
import { Starting } from "./frame/Starting";
import { newQueries } from "./queries";
import { Routes } from "./routes";
import { Expired } from "./session/Expired";
import { LinkPage } from "./session/LinkPage";
import { SignInPage } from "./session/SignInPage";
import { SessionProvider, useSessionState } from "./session/session";

/** The dashboard: whoever has signed in sees its pages, everybody else how to. */
export function Admin() {
  const [queries] = useState(newQueries);
  return (
    <QueryClientProvider client={queries}>
      <Toasts>
        <Router base="/admin">
          <SessionProvider>
            <Boundary>
              <Gate />
            </Boundary>
          </SessionProvider>
        </Router>
      </Toasts>
    </QueryClientProvider>
  );
}

function Gate() {
  const { state } = useSessionState();
  const [path] = useLocation();
  if (path === "/link") return <LinkPage />;
  if (state.at === "asking") return <Starting error={state.error} />;
  if (state.at === "out") return <SignInPage />;
  return (
    <>
      <Frame>
        <Routes />
      </Frame>
      {state.expired && <Expired />}
    </>
  );
}
