/** Full screen and picture in picture, where browsers have them and by which name. */
import { rootOf } from "./roots";

interface AppleVideo extends HTMLVideoElement {
  webkitEnterFullscreen?: () => void;
  webkitExitFullscreen?: () => void;
  webkitDisplayingFullscreen?: boolean;
}

export function canFullscreen(video: HTMLVideoElement): boolean {
  return document.fullscreenEnabled === true || (video as AppleVideo).webkitEnterFullscreen !== undefined;
}

export function canPictureInPicture(video: HTMLVideoElement): boolean {
  return document.pictureInPictureEnabled === true && !video.disablePictureInPicture;
}

/** Whether something of the player fills the screen. */
export function isFullscreen(video: HTMLVideoElement): boolean {
  const apple = (video as AppleVideo).webkitDisplayingFullscreen === true;
  // Seen from inside a shadow tree it is there; seen from the document it is the host.
  const root = rootOf(video);
  const within = root.fullscreenElement ?? document.fullscreenElement;
  return apple || (within?.contains(video) ?? false) || (root instanceof ShadowRoot && within === root.host);
}

export async function toggleFullscreen(video: HTMLVideoElement, element: HTMLElement): Promise<void> {
  const apple = video as AppleVideo;
  if (isFullscreen(video)) {
    if (document.fullscreenElement !== null) await document.exitFullscreen();
    else apple.webkitExitFullscreen?.();
  } else if (document.fullscreenEnabled) await element.requestFullscreen();
  else apple.webkitEnterFullscreen?.();
}

/** Whether this video is in its little window; a page may have several. */
export function isPictureInPicture(video: HTMLVideoElement): boolean {
  return rootOf(video).pictureInPictureElement === video;
}

export async function togglePictureInPicture(video: HTMLVideoElement): Promise<void> {
  if (isPictureInPicture(video)) await document.exitPictureInPicture();
  else await video.requestPictureInPicture();
}
