import { useCallback, useState } from "react";
import type { WatchEntry, WatchView } from "../api/schema";
import type { ServerNow } from "../pages/public/clock";
import { Countdown } from "../pages/watch/Countdown";
import { useProgramme } from "../pages/watch/programme";
import { PlayerView } from "../player/PlayerView";
import type { Player } from "../player/types";
import { Trouble } from "../ui/Trouble";
import type { Said } from "./said";

/** Somebody who was let in. */
export type Watching = {
  /** Another one, another player. */
  turn: number;
  watch: WatchView;
  now: ServerNow;
  guide: (fromMs: number | null, limit: number) => Promise<WatchEntry[]>;
  make: (video: HTMLVideoElement) => Player;
};

export type Shown = { watching: Watching } | { said: Said } | null;

/** What is in the element: the player, or why there is none; null while the server is asked. */
export function Embedded({ shown, controls }: { shown: Shown; controls: boolean }) {
  if (shown !== null && "watching" in shown)
    return <Screen key={shown.watching.turn} {...shown.watching} controls={controls} />;
  if (shown === null) return <div aria-busy className="player size-full bg-black" />;
  const { icon, title, text } = shown.said;
  return (
    <div className="player size-full overflow-y-auto bg-black text-ink">
      <Trouble icon={icon} title={title}>
        {text}
      </Trouble>
    </div>
  );
}

function Screen({ watch, now, guide, make, controls }: Watching & { controls: boolean }) {
  const { state, on_air_from: from } = watch;
  const [begun, setBegun] = useState(state !== "to begin" || from === null);
  const title = watch.title || watch.channel;
  const programme = useProgramme({ title, now, ask: guide, begun: begun && controls });
  const begin = useCallback(() => setBegun(true), []);
  if (begun)
    return (
      <PlayerView
        make={make}
        about={programme.about}
        onState={programme.onState}
        controls={controls}
        className="size-full"
      />
    );
  return (
    <div className="player size-full bg-black text-white">
      <Countdown title={title} startsAt={from ?? ""} now={programme.now} onStart={begin} />
    </div>
  );
}
