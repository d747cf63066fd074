import { useEffect, useMemo, useRef, useState } from "react";
import type { WatchView } from "../../api/schema";
import type { Player } from "../../player/types";

type Engine = typeof import("../../player/engine");

/** How the player of a viewer is made; null until it is loaded. `fresh` asks for the stream's path anew. */
export function useEngine(
  view: WatchView,
  fresh: () => Promise<string>,
): ((video: HTMLVideoElement) => Player) | null {
  const [engine, setEngine] = useState<Engine | null>(null);
  const newest = useRef(view);
  newest.current = view;
  useEffect(() => {
    let gone = false;
    import("../../player/engine").then((loaded) => gone || setEngine(loaded));
    return () => {
      gone = true;
    };
  }, []);
  return useMemo(() => {
    if (engine === null) return null;
    return (video) => {
      const {
        stream,
        viewer,
        channel,
        beacon_s: everyS,
        timeshift_s: timeshiftS,
        on_air_from: from,
      } = newest.current;
      const beganMs = from === null ? null : Date.parse(from);
      let first = true;
      const asked = () => {
        const known = first;
        first = false;
        return known ? Promise.resolve(stream) : fresh();
      };
      return engine.createPlayer(video, {
        stream: asked,
        timeshiftS,
        beganMs,
        audience: { viewer, channel, everyS },
      });
    };
  }, [engine, fresh]);
}
