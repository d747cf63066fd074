import { type RefObject, useCallback, useEffect, useRef, useState } from "react";
import { classes } from "../ui/classes";
import { Announcer } from "./Announcer";
import type { About } from "./about";
import { Controls } from "./Controls";
import { obey, useKeys } from "./commands";
import { Help } from "./Help";
import { useStore } from "./hooks";
import type { Command } from "./keys";
import { useMediaSession } from "./mediaSession";
import { Overlays } from "./Overlays";
import type { Player, PlayerState } from "./types";
import { useIdle } from "./useIdle";
import { useTaps } from "./useTaps";
import { useWakeLock } from "./wakeLock";

type PlayerViewProps = {
  /** Makes the player on the video: once, and anew after a failure. */
  make: (video: HTMLVideoElement) => Player;
  about: About;
  /** Told whenever the player's state changes. */
  onState?: (state: PlayerState, player: Player) => void;
  /** The bar, keys and taps; without them it only says what is wrong, and offers what the browser wants a tap for. */
  controls?: boolean;
  className?: string;
};

/** A picture with its controls. It fills its box. */
export function PlayerView({ make, about, onState, controls = true, className }: PlayerViewProps) {
  const box = useRef<HTMLElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const [player, setPlayer] = useState<Player | null>(null);
  const [attempt, setAttempt] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each attempt makes a player
  useEffect(() => {
    if (video.current === null) return;
    const made = make(video.current);
    setPlayer(made);
    return () => {
      setPlayer(null);
      made.destroy();
    };
  }, [make, attempt]);
  useMediaSession(player, about);
  const again = () => setAttempt((n) => n + 1);
  return (
    <section
      ref={box}
      tabIndex={-1} // so that a click on the picture gives it the keys
      aria-label={`Player: ${about.channel}`}
      className={classes("player relative overflow-hidden bg-black text-white select-none", className)}
    >
      {/* biome-ignore lint/a11y/useMediaCaption: subtitles come with the stream */}
      <video ref={video} playsInline className="absolute inset-0 size-full object-contain" />
      {player !== null && controls && (
        <Over player={player} about={about} box={box} video={video} onState={onState} again={again} />
      )}
      {player !== null && !controls && <Bare player={player} again={again} />}
    </section>
  );
}

function Bare({ player, again }: { player: Player; again: () => void }) {
  return <Overlays player={player} state={useStore(player.state)} again={again} />;
}

type OverProps = {
  player: Player;
  about: About;
  box: RefObject<HTMLElement | null>;
  video: RefObject<HTMLVideoElement | null>;
  onState: ((state: PlayerState, player: Player) => void) | undefined;
  again: () => void;
};

const inDocument = (box: HTMLElement | null) => box?.getRootNode() === document;

function Over({ player, about, box, video, onState, again }: OverProps) {
  const state = useStore(player.state);
  const [busy, setBusy] = useState(false);
  const [help, setHelp] = useState(false);
  const restless = busy || help || state.phase !== "playing";
  const [idle, setIdle] = useIdle(box, restless);
  const act = useCallback(
    (command: Command) => obey(player, command, { box: box.current, help: () => setHelp(true) }),
    [player, box],
  );
  useKeys(box, act);
  useWakeLock(state.fullscreen && state.phase === "playing");
  useEffect(() => onState?.(state, player), [onState, state, player]);
  const tapped = useTaps({ player, act, idle, setIdle });
  const shown = classes("transition-opacity duration-300", idle && "pointer-events-none opacity-0");
  return (
    <>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: what it does has buttons and keys too */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: see above */}
      <div className={classes("absolute inset-0 touch-manipulation", idle && "cursor-none")} onClick={tapped} />
      <Overlays player={player} state={state} again={again} />
      <div
        className={classes(
          "player-top pointer-events-none absolute inset-x-0 top-0 phone-flat:block",
          !state.fullscreen && "hidden",
          shown,
        )}
      >
        <p className="truncate text-sm font-semibold">{about.on?.title || about.channel}</p>
        <p className="truncate text-xs opacity-80">{about.on?.title ? about.channel : ""}</p>
      </div>
      <div className={classes("player-bottom absolute inset-x-0 bottom-0", shown)}>
        <Controls player={player} about={about} video={video} act={act} onBusy={setBusy} />
      </div>
      <Announcer state={state} />
      {help && <Help everywhere={inDocument(box.current)} onClose={() => setHelp(false)} />}
    </>
  );
}
