import { type ReactNode, useCallback, useEffect, useRef, useState } from "react";
import { PlayerView } from "../../player/PlayerView";
import type { Player, PlayerState } from "../../player/types";
import { classes } from "../../ui/classes";
import { Countdown } from "./Countdown";
import type { AskGuide } from "./guide";
import { guideOf, type Joined, join } from "./join";
import { NowNext } from "./NowNext";
import { useProgramme } from "./programme";
import { useEngine } from "./useEngine";

type Watching = Extract<Joined, { kind: "watching" }>;

const SOON_MS = 3_000; // until a player that waits is asked for; and as long again by chance

/** The box of the picture: of its shape, and never higher than the window. */
export function ScreenBox({ children, className }: { children?: ReactNode; className?: string }) {
  return <div className={classes("screen-box", className)}>{children}</div>;
}

/** A channel that is on air, or is to begin: its picture, and what is on. */
export function Screen({ joined, again }: { joined: Watching; again: () => void }) {
  const { view, token } = joined;
  const [begun, setBegun] = useState(view.state === "on air");
  const title = view.title || view.channel;
  const ask: AskGuide = useCallback((...of) => guideOf(view.channel, token, ...of), [view.channel, token]);
  const programme = useProgramme({ title, now: joined.now, ask, begun });
  const { about, next, known, now, behindMs } = programme;
  const { on } = about;
  const waits = useRejoin(again);
  const onState = useCallback(
    (state: PlayerState, its: Player) => {
      programme.onState(state, its);
      waits(["waiting", "failed", "ended"].includes(state.phase));
    },
    [programme.onState, waits],
  );
  useEffect(() => {
    document.title = [begun && on?.title, title, "StreamSync"].filter(Boolean).join(" · ");
  }, [begun, on?.title, title]);
  const make = useEngine(view, freshStream);
  return (
    <div className="watch-columns">
      <div className="min-w-0">
        <ScreenBox className="overflow-hidden rounded-card bg-black phone-flat:rounded-none">
          {begun && make !== null && <PlayerView make={make} about={about} onState={onState} className="size-full" />}
          {!begun && view.on_air_from !== null && (
            <div className="player size-full text-white">
              <Countdown title={title} startsAt={view.on_air_from} now={now} onStart={() => setBegun(true)} />
            </div>
          )}
        </ScreenBox>
        <div className="mt-4 flex flex-col gap-1 phone-flat:px-4">
          <h1 className="text-xl font-bold tracking-tight break-words">{title}</h1>
          {view.description && <p className="max-w-prose text-sm leading-relaxed text-muted">{view.description}</p>}
        </div>
      </div>
      {begun && <NowNext on={on} next={next} known={known} now={now} behindMs={behindMs} />}
    </div>
  );
}

async function freshStream(): Promise<string> {
  const joined = await join();
  if (joined.kind === "choosing") throw new Error("there is no channel in the address any more");
  return joined.view.stream;
}

/** Asks how the channel is while the player only waits: it may have been stopped, or be gone. */
function useRejoin(again: () => void): (waits: boolean) => void {
  const timer = useRef(0);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  return useCallback(
    (waits: boolean) => {
      window.clearTimeout(timer.current);
      if (waits) timer.current = window.setTimeout(again, SOON_MS * (1 + Math.random()));
    },
    [again],
  );
}
