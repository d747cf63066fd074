/** The part of a player that is about sound, tracks and screens: nothing of it is about time. */
import * as screens from "./screens";
import type { Source } from "./source";
import { Changeable } from "./store";
import type { PlayerOptions, PlayerState } from "./types";
import { IDLE } from "./words";

export abstract class Knobs {
  readonly state: Changeable<PlayerState>;
  protected abstract readonly source: Source;

  constructor(
    protected readonly video: HTMLVideoElement,
    protected readonly options: PlayerOptions,
  ) {
    const { autoplay = true, muted = false, volume = 1 } = options;
    this.state = new Changeable<PlayerState>({
      ...IDLE,
      wanted: autoplay,
      muted,
      volume,
      canFullscreen: screens.canFullscreen(video),
      canPictureInPicture: screens.canPictureInPicture(video),
    });
    video.muted = muted;
    video.volume = volume;
    video.playsInline = true;
  }

  setVolume(volume: number): void {
    this.video.volume = Math.max(0, Math.min(1, volume));
    if (volume > 0) this.setMuted(false);
  }

  setMuted(muted: boolean): void {
    this.video.muted = muted;
    this.state.change({ muted, mutedByBrowser: false });
  }

  chooseLevel(index: number | null): void {
    this.source.chooseLevel(index);
    this.state.change({ chosenLevel: index });
  }

  chooseAudio(index: number): void {
    this.source.chooseAudio(index);
  }

  chooseSubtitles(index: number | null): void {
    this.source.chooseSubtitles(index);
  }

  toggleFullscreen(element: HTMLElement): void {
    void screens.toggleFullscreen(this.video, element).catch(() => undefined);
  }

  togglePictureInPicture(): void {
    void screens.togglePictureInPicture(this.video).catch(() => undefined);
  }

  protected screen(): void {
    const pictureInPicture = screens.isPictureInPicture(this.video);
    this.state.change({ fullscreen: screens.isFullscreen(this.video), pictureInPicture });
  }
}
