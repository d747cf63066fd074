/** The browser's own HLS as a source: Safari where it has no Media Source Extensions. */
import type { Heard, Source } from "./source";

export class NativeSource implements Source {
  private readonly ended = new AbortController();

  constructor(
    private readonly video: HTMLVideoElement & { getStartDate?: () => Date },
    private readonly heard: Heard,
  ) {
    const { signal } = this.ended;
    video.addEventListener("progress", () => heard.alive(), { signal });
    video.addEventListener("ended", () => heard.over(), { signal });
    video.addEventListener("error", () => this.failed(), { signal });
    video.addEventListener("loadedmetadata", () => this.texts(), { signal });
  }

  load(url: string): void {
    this.video.src = url;
    this.video.load();
  }

  resume(): void {} // it asks by itself

  rest(): void {}

  mend(): void {
    this.video.load();
  }

  dateAt(timeS: number): number | null {
    const start = this.video.getStartDate?.().getTime() ?? Number.NaN;
    return Number.isNaN(start) ? null : start + timeS * 1000;
  }

  timeAt(dateMs: number): number | null {
    const start = this.dateAt(0);
    return start === null ? null : (dateMs - start) / 1000;
  }

  lists(dateMs: number): boolean {
    const at = this.timeAt(dateMs);
    const { seekable } = this.video;
    return at !== null && seekable.length > 0 && seekable.start(0) <= at && at < seekable.end(seekable.length - 1);
  }

  assetAt(): null {
    return null;
  }

  chooseLevel(): void {} // the browser chooses

  chooseAudio(): void {}

  chooseSubtitles(index: number | null): void {
    Array.from(this.video.textTracks).forEach((one, at) => {
      one.mode = at === index ? "showing" : "disabled";
    });
    this.texts();
  }

  destroy(): void {
    this.ended.abort();
    this.video.removeAttribute("src");
    this.video.load();
  }

  private texts(): void {
    const tracks = Array.from(this.video.textTracks);
    const shown = tracks.findIndex(({ mode }) => mode === "showing");
    this.heard.subtitles(
      tracks.map(({ label, language }, index) => ({ index, name: label || language, language: language || null })),
      shown < 0 ? null : shown,
    );
  }

  private failed(): void {
    const code = this.video.error?.code ?? 0;
    this.heard.failed({
      // What cannot be had is told as what cannot be played, when it is the first.
      kind: code === MediaError.MEDIA_ERR_DECODE ? "media" : "network",
      code: `native${code}`,
      status: 0,
      retryAfterS: null,
      atFirst: this.video.readyState === 0,
    });
  }
}
