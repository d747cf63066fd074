/** What happens around a player: to its element, its page and its device. */

export interface Ears {
  /** The volume, or whether it is muted, is another. */
  sound(): void;
  /** There is more to show than before. */
  data(): void;
  /** Full screen or picture in picture is another. */
  screen(): void;
  /** The element was paused, or set going: by the player, or by a headset, a media key or the browser's controls. */
  paused(): unknown;
  played(): unknown;
  /** All there is was played. */
  ended(): unknown;
  /** The page is looked at again. */
  seen(): void;
  online(): void;
}

/** Tell of it until `signal` ends. */
export function attend(video: HTMLVideoElement, ears: Ears, signal: AbortSignal): void {
  const on = (target: EventTarget, names: string, act: () => void) => {
    for (const name of names.split(" ")) target.addEventListener(name, act, { signal });
  };
  on(video, "volumechange", ears.sound);
  on(video, "loadedmetadata loadeddata canplay", ears.data);
  on(video, "pause", ears.paused);
  on(video, "play", ears.played);
  on(video, "ended", ears.ended);
  on(video, "enterpictureinpicture leavepictureinpicture webkitbeginfullscreen webkitendfullscreen", ears.screen);
  on(document, "fullscreenchange", ears.screen);
  on(document, "visibilitychange resume", () => {
    if (document.visibilityState === "visible") ears.seen();
  });
  on(window, "pageshow", ears.seen);
  on(window, "online", ears.online);
}

/**
 * Play, with sound if the browser lets us: "muted" when it had to be without, "blocked" when it may not start at all,
 * "stopped" when it was paused or loaded anew before it began.
 */
export async function start(video: HTMLVideoElement): Promise<"playing" | "muted" | "blocked" | "stopped"> {
  try {
    await video.play();
    return "playing";
  } catch (error) {
    if ((error as Error).name !== "NotAllowedError") return "stopped";
    if (video.muted) return "blocked";
    video.muted = true;
    const then = await start(video);
    return then === "playing" ? "muted" : then;
  }
}
