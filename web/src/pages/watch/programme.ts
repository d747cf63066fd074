import { useCallback, useRef, useState } from "react";
import type { About } from "../../player/about";
import type { Player, PlayerState } from "../../player/types";
import type { ServerNow } from "../public/clock";
import { type AskGuide, useGuide, useNowAndNext } from "./guide";

type ProgrammeOf = {
  /** The channel's. */
  title: string;
  /** The server's clock until the player knows it better. */
  now: ServerNow;
  ask: AskGuide;
  /** Whether there is anything to know yet. */
  begun: boolean;
};

/** What is on beside the picture of a player, where that is in time. `onState` is for its PlayerView. */
export function useProgramme({ title, now: known, ask, begun }: ProgrammeOf) {
  const [player, setPlayer] = useState<Player | null>(null);
  const [behindMs, setBehindMs] = useState(0);
  const now = useClock(known, player);
  const guide = useGuide(ask, now, begun);
  const { on, next } = useNowAndNext(guide.entries, now, behindMs);
  const about: About = { channel: title, on, entries: guide.entries ?? [], look: guide.look };
  const onState = useCallback((state: PlayerState, its: Player) => {
    setPlayer(its);
    const dateMs = its.dateMs();
    setBehindMs(state.mode === "shifted" && dateMs !== null ? Math.max(0, its.nowMs() - dateMs) : 0);
  }, []);
  return { about, next, known: guide.entries !== null, now, behindMs, onState };
}

/** The server's clock: the player's as soon as it knows it, as that one is the better. */
function useClock(known: ServerNow, player: Player | null): ServerNow {
  const best = useRef(known);
  best.current = player !== null && player.sync.get().offsetMs !== null ? () => player.nowMs() : known;
  return useCallback(() => best.current(), []);
}
