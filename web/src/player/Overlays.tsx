import { CircleAlert, Hourglass, Play, VolumeX } from "lucide-react";
import { useEffect, useState } from "react";
import { Button } from "../ui/Button";
import { Trouble } from "../ui/Trouble";
import type { Player, PlayerState } from "./types";

const PATIENCE_MS = 600; // shorter waits are not worth a word

function Waiting({ state }: { state: PlayerState }) {
  const [long, setLong] = useState(false);
  useEffect(() => {
    const timer = window.setTimeout(() => setLong(true), PATIENCE_MS);
    return () => window.clearTimeout(timer);
  }, []);
  if (!long) return null;
  return (
    <p className="absolute inset-x-0 top-1/2 mx-auto w-fit max-w-[90%] -translate-y-1/2 animate-pulse rounded-full bg-black/70 px-4 py-2 text-center text-sm">
      {state.notice?.message ?? (state.started ? "Waiting for data" : "Tuning in")}
    </p>
  );
}

const BIG =
  "absolute inset-0 m-auto flex h-fit w-fit items-center gap-3 rounded-full bg-white px-6 py-4 text-base font-semibold text-black shadow-2xl hover:bg-white/90";

/** What lies over the picture because of how the player is. */
export function Overlays({ player, state, again }: { player: Player; state: PlayerState; again: () => void }) {
  const { phase, problem, notice } = state;
  if (phase === "failed" && problem !== null)
    return (
      <div className="absolute inset-0 bg-black/80">
        <Trouble icon={CircleAlert} title={problem.message} action={<Button onClick={again}>Try again</Button>}>
          {problem.advice}
        </Trouble>
      </div>
    );
  if (phase === "waiting" && notice !== null)
    return (
      <div className="absolute inset-0 bg-black/80">
        <Trouble icon={Hourglass} title={notice.message}>
          {notice.advice}
        </Trouble>
      </div>
    );
  if (state.blocked)
    return (
      <button type="button" className={BIG} onClick={() => player.play()}>
        <Play size={24} fill="currentColor" aria-hidden />
        Tap to play
      </button>
    );
  return (
    <>
      {(phase === "loading" || phase === "buffering") && <Waiting key={phase} state={state} />}
      {state.mutedByBrowser && state.muted && state.started && (
        <button type="button" className={BIG} onClick={() => player.setMuted(false)}>
          <VolumeX size={24} aria-hidden />
          Tap to unmute
        </button>
      )}
    </>
  );
}
