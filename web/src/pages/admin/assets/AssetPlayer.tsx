import { Play } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { ErrorNote } from "../../../ui/ErrorNote";
import { Poster } from "./AssetGrid";

/** Plays an asset alone, from its beginning. What plays it is loaded when it is wanted. */
export function AssetPlayer({ vod, poster, title }: { vod: string; poster: string | null; title: string }) {
  const [playing, setPlaying] = useState(false);
  if (playing) return <Playing vod={vod} title={title} />;
  return (
    <button
      type="button"
      aria-label={`Play ${title}`}
      onClick={() => setPlaying(true)}
      className="group relative block w-full overflow-hidden rounded-card border border-line"
    >
      <Poster src={poster} />
      <span className="absolute inset-0 flex items-center justify-center bg-black/20 transition group-hover:bg-black/35">
        <span className="flex size-16 items-center justify-center rounded-full bg-black/70 text-white">
          <Play size={28} fill="currentColor" aria-hidden />
        </span>
      </span>
    </button>
  );
}

function Playing({ vod, title }: { vod: string; title: string }) {
  const video = useRef<HTMLVideoElement>(null);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    const shown = video.current;
    if (shown === null) return;
    let end: () => void = () => undefined;
    let gone = false;
    void attach(shown, vod, setError)
      .then((detach) => {
        if (gone) detach();
        else end = detach;
      })
      .catch((failure: unknown) => setError(String(failure)));
    return () => {
      gone = true;
      end();
    };
  }, [vod]);
  return (
    <div className="flex flex-col gap-2">
      {/* biome-ignore lint/a11y/useMediaCaption: captions are in the stream, where an asset has them */}
      <video
        ref={video}
        controls
        autoPlay
        playsInline
        aria-label={title}
        className="aspect-video w-full rounded-card bg-black"
      />
      {error !== null && <ErrorNote error={error} />}
    </div>
  );
}

/** Have a video element play a playlist. Returns how to end it. */
async function attach(video: HTMLVideoElement, url: string, failed: (told: string) => void): Promise<() => void> {
  const { default: Hls } = await import("hls.js");
  if (!Hls.isSupported()) {
    video.src = url; // Safari on phones plays it by itself
    return () => video.removeAttribute("src");
  }
  const hls = new Hls();
  hls.on(Hls.Events.ERROR, (_, { fatal, type, details }) => {
    if (!fatal) return;
    if (type === Hls.ErrorTypes.MEDIA_ERROR) hls.recoverMediaError();
    else failed(`It cannot be played (${details}). Is the media store in reach? Look under Health.`);
  });
  hls.loadSource(url);
  hls.attachMedia(video);
  return () => hls.destroy();
}
