import { Clapperboard, Hourglass } from "lucide-react";
import { type ReactNode, useEffect } from "react";
import type { Refused } from "../../api/client";
import { Button } from "../../ui/Button";
import { Skeleton } from "../../ui/bits";
import { Trouble } from "../../ui/Trouble";
import { ChannelGrid } from "../public/ChannelGrid";
import { useChannels } from "../public/channels";
import { Frame } from "../public/Frame";
import { type Asked, useAsked } from "../public/useAsked";
import { joined } from "./begun";
import { againMs, hopeful, type Joined } from "./join";
import { Screen, ScreenBox } from "./Screen";
import { told } from "./trouble";

/** A channel, from coming to it until it is left. */
export function Watch() {
  const asked = useAsked<Joined>({ ask: joined, againMs, hopeful });
  const { found, refused } = asked;
  const stands = refused !== null && (found === null || !isPassing(refused));
  return (
    <Frame>
      {stands ? (
        <Alone>
          <Refusal refused={refused} again={asked.again} />
        </Alone>
      ) : (
        <Found asked={asked} />
      )}
    </Frame>
  );
}

/** Whether it ends by itself, so that what is on screen can stay. */
function isPassing({ status }: Refused): boolean {
  return status === 0 || status === 429 || status >= 500;
}

function Found({ asked: { found, again } }: { asked: Asked<Joined> }) {
  if (found === null) return <Coming />;
  if (found.kind === "choosing") return <Choice />;
  const { view } = found;
  if (view.state === "on air" || view.state === "to begin")
    return <Screen key={`${view.channel} ${view.viewer}`} joined={found} again={again} />;
  return (
    <Alone>
      {view.state === "stopped" ? (
        <Trouble icon={Clapperboard} title={`${view.title || view.channel} has ended`} action={<ToChannels />}>
          If it goes on the air again, it starts here by itself.
        </Trouble>
      ) : (
        <Trouble icon={Hourglass} title={`${view.title || view.channel} is not on air yet`} action={<ToChannels />}>
          It starts here by itself as soon as it is.
        </Trouble>
      )}
    </Alone>
  );
}

function Refusal({ refused, again }: { refused: Refused; again: () => void }) {
  const { icon, title, text, action } = told(refused);
  useEffect(() => {
    document.title = `${title} · StreamSync`;
  }, [title]);
  const ways = { retry: <Button onClick={again}>Try now</Button>, channels: <ToChannels />, none: null };
  return (
    <Trouble icon={icon} title={title} action={ways[action ?? "none"]}>
      {text}
    </Trouble>
  );
}

function ToChannels() {
  return (
    <a
      href="/"
      className="inline-flex min-h-10 items-center rounded-lg border border-line bg-card px-4 text-sm font-medium hover:bg-raised"
    >
      See what is on
    </a>
  );
}

/** What stands where the picture would be. */
function Alone({ children }: { children: ReactNode }) {
  return (
    <>
      <h1 className="sr-only">Watch</h1>
      <ScreenBox className="rounded-card border border-line bg-card phone-flat:rounded-none">{children}</ScreenBox>
    </>
  );
}

/** While the server is asked: boxes of the sizes that come. */
function Coming() {
  return (
    <div aria-busy>
      <h1 className="sr-only">Watch</h1>
      <p role="status" className="sr-only">
        Tuning in
      </p>
      <div className="watch-columns">
        <div>
          <ScreenBox className="skeleton rounded-card! phone-flat:rounded-none!" />
          <Skeleton className="mt-4 h-8 w-60" />
        </div>
        <Skeleton className="h-96 rounded-card!" />
      </div>
    </div>
  );
}

function Choice() {
  const asked = useChannels();
  return (
    <div className="mx-auto max-w-7xl py-6">
      <h1 className="mb-5 text-2xl font-bold tracking-tight">What would you like to watch?</h1>
      <ChannelGrid asked={asked} />
    </div>
  );
}
