/** Which frame is shown when: by the browser's word where it gives it, else by where the video element says it is. */
import { deviceMs } from "./timekeeper";

const FRAMES_STOPPED_MS = 400;

export class Frames {
  private handle = 0;
  private lastMs = Number.NEGATIVE_INFINITY;
  private ended = false;

  /** `shown` takes the frame's place in the video element's time (s) and when it is on screen (device's clock). */
  constructor(
    private readonly video: HTMLVideoElement,
    private readonly shown: (timeS: number, atMs: number) => void,
  ) {
    this.next();
  }

  /** Reads the element where no frame was told of lately, as in a hidden tab; to be called now and then. */
  poll(): void {
    const at = deviceMs();
    if (at - this.lastMs > FRAMES_STOPPED_MS && !this.video.seeking && !this.video.paused)
      this.shown(this.video.currentTime, at);
  }

  /** Whether frames are told of. */
  get told(): boolean {
    return deviceMs() - this.lastMs < FRAMES_STOPPED_MS;
  }

  destroy(): void {
    this.ended = true;
    if ("cancelVideoFrameCallback" in this.video) this.video.cancelVideoFrameCallback(this.handle);
  }

  private next(): void {
    if (this.ended || !("requestVideoFrameCallback" in this.video)) return;
    this.handle = this.video.requestVideoFrameCallback((_, { mediaTime, expectedDisplayTime }) => {
      this.lastMs = deviceMs();
      this.shown(mediaTime, performance.timeOrigin + expectedDisplayTime);
      this.next();
    });
  }
}
