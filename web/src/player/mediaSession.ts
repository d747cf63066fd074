import { useEffect } from "react";
import { type About, step } from "./about";
import type { Player } from "./types";

const STEP_MS = 10_000;
type Action = MediaSessionAction;

/** Tells the system what is on, and takes the keys of headsets and lock screens. */
export function useMediaSession(player: Player | null, { channel, on }: About): void {
  const title = on?.title || channel;
  const poster = on?.poster ?? null;
  useEffect(() => {
    if (!("mediaSession" in navigator)) return;
    const artwork = poster === null ? [] : [{ src: new URL(poster, location.href).href }];
    navigator.mediaSession.metadata = new MediaMetadata({ title, artist: channel, artwork });
  }, [title, channel, poster]);
  useEffect(() => {
    if (player === null || !("mediaSession" in navigator)) return;
    const acts: [Action, () => void][] = [
      ["play", () => player.play()],
      ["pause", () => player.pause()],
      ["seekbackward", () => step(player, -STEP_MS)],
      ["seekforward", () => step(player, STEP_MS)],
    ];
    const set = (action: Action, act: (() => void) | null) => {
      try {
        navigator.mediaSession.setActionHandler(action, act);
      } catch {
        // This browser does not know the action.
      }
    };
    for (const [action, act] of acts) set(action, act);
    return () => {
      for (const [action] of acts) set(action, null);
    };
  }, [player]);
}
