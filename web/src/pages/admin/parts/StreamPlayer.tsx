import { Volume2, VolumeX } from "lucide-react";
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { answer, api } from "../../../api/client";
import type { Player, PlayerState } from "../../../player/types";
import { IconButton } from "../../../ui/Button";
import { Skeleton } from "../../../ui/bits";
import { ErrorNote } from "../../../ui/ErrorNote";
import { useChannel } from "../channels/stored";

const LASTS = "2h";

/** A channel as a viewer sees it, muted at first. Nobody is counted as watching for it. */
export function StreamPlayer({ channel, viewer }: { channel: string; viewer: string }) {
  const open = useChannel(channel);
  if (open.error !== null) return <ErrorNote error={open.error} />;
  if (open.data === undefined) return <Skeleton className="aspect-video w-full" />;
  return <Screen channel={channel} viewer={viewer} open={open.data.public !== false} />;
}

type ScreenProps = { channel: string; viewer: string; open: boolean };

function Screen({ channel, viewer, open }: ScreenProps) {
  const video = useRef<HTMLVideoElement>(null);
  const [player, setPlayer] = useState<Player | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    let [made, gone]: [Player | null, boolean] = [null, false];
    setError(null);
    void import("../../../player/engine")
      .then(({ createPlayer }) => {
        if (gone || video.current === null) return;
        const stream = () =>
          address(channel, viewer, open).catch((failure) => {
            setError(failure);
            throw failure;
          });
        made = createPlayer(video.current, { stream, muted: true, audience: null });
        setPlayer(made);
      })
      .catch(setError);
    return () => {
      gone = true;
      made?.destroy();
      setPlayer(null);
    };
  }, [channel, viewer, open]);
  return (
    <div className="flex flex-col gap-2">
      <div className="relative overflow-hidden rounded-lg bg-black">
        {/* biome-ignore lint/a11y/useMediaCaption: captions are in the stream, where an asset has them */}
        <video
          ref={video}
          playsInline
          aria-label={`${channel}, as ${viewer} sees it`}
          className="aspect-video w-full"
        />
        {player && <Over player={player} />}
      </div>
      {error !== null && <ErrorNote error={error} />}
    </div>
  );
}

/** What the player is doing, and its sound, over the picture. */
function Over({ player }: { player: Player }) {
  const { phase, muted, notice, problem } = useSyncExternalStore(player.state.subscribe, player.state.get);
  const told = words(phase, notice ?? problem);
  return (
    <>
      {told !== null && (
        <p
          role="status"
          className="absolute inset-0 flex items-center justify-center bg-black/60 p-4 text-center text-sm text-white"
        >
          {told}
        </p>
      )}
      <IconButton
        label={muted ? "Sound on" : "Sound off"}
        className="absolute right-2 bottom-2 bg-black/70 text-white hover:bg-black"
        onClick={() => player.setMuted(!muted)}
      >
        {muted ? <VolumeX size={18} aria-hidden /> : <Volume2 size={18} aria-hidden />}
      </IconButton>
    </>
  );
}

function words(phase: PlayerState["phase"], trouble: PlayerState["problem"]): string | null {
  if (trouble !== null) return `${trouble.message} ${trouble.advice}`;
  return phase === "playing" ? null : phase === "paused" ? "Paused" : "One moment …";
}

/** Where the viewer's stream is; of a channel that is not for everybody, with a token made for this. */
async function address(channel: string, viewer: string, open: boolean): Promise<string> {
  if (open) return `/live/${channel}/${viewer}/index.m3u8`;
  const made = await answer(
    api.POST("/channels/{channel}/playback-tokens", {
      params: { path: { channel } },
      body: { viewer, expires: LASTS },
    }),
  );
  return `${made.path}?t=${encodeURIComponent(made.token)}`;
}
