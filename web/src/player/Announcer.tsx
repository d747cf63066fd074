import type { PlayerState } from "./types";

const PHASES: Partial<Record<PlayerState["phase"], string>> = {
  playing: "Playing",
  paused: "Paused",
  buffering: "Waiting for data",
  ended: "It is over",
};

/** What the player says to screen readers when its state changes. Problems are told where they are shown. */
export function Announcer({ state }: { state: PlayerState }) {
  const told = [PHASES[state.phase], state.phase === "playing" && state.mode === "shifted" && "behind live"];
  const sound = state.muted ? "Sound is off" : "Sound is on";
  return (
    <div role="status" className="sr-only">
      <p>{told.filter(Boolean).join(", ")}</p>
      <p>{state.started && sound}</p>
    </div>
  );
}
