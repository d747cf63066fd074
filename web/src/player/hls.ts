/** hls.js as a source. */
import Hls, { type CMCDControllerConfig, type ErrorData, type HlsConfig, type LoadPolicy } from "hls.js";
import { assetAt, dateAt, lists, timeAt } from "./dates";
import type { Heard, Source } from "./source";
import type { Level, Track } from "./types";

// An origin that comes back is found again within 2 s. What each viewer's player asks for comes at different times
// already, so no more jitter is needed here; whole reloads have their own (backoff.ts).
function patient(maxTimeToFirstByteMs: number, maxLoadTimeMs: number, retries: number): LoadPolicy {
  return {
    default: {
      maxTimeToFirstByteMs,
      maxLoadTimeMs,
      timeoutRetry: { maxNumRetry: retries, retryDelayMs: 0, maxRetryDelayMs: 0 },
      errorRetry: { maxNumRetry: retries, retryDelayMs: 400, maxRetryDelayMs: 2000 },
    },
  };
}

function config(sameOrigin: boolean, channel: string | null): Partial<HlsConfig> {
  return {
    enableWorker: false, // it only ever remuxes TS, and these streams are fMP4
    lowLatencyMode: false,
    startFragPrefetch: true,
    testBandwidth: false, // the first variant listed is the one to begin with
    abrEwmaDefaultEstimate: 3_000_000,
    capLevelToPlayerSize: true,
    backBufferLength: 30,
    maxBufferLength: 30,
    liveSyncOnStallIncrease: 0, // the sync loop catches up; nothing else is to
    manifestLoadPolicy: patient(8000, 15_000, 0),
    playlistLoadPolicy: patient(4000, 10_000, 6),
    fragLoadPolicy: patient(6000, 60_000, 6),
    // As headers, so that addresses stay what caches know; elsewhere each would cost a preflight.
    ...(sameOrigin ? { cmcd: cmcd(channel) } : {}),
  };
}

function cmcd(channel: string | null): CMCDControllerConfig {
  const includeKeys: NonNullable<CMCDControllerConfig["includeKeys"]> = [
    "br",
    "bl",
    "bs",
    "mtp",
    "ot",
    "sid",
    "cid",
    "st",
    "sf",
    "su",
  ];
  return { useHeaders: true, includeKeys, ...(channel === null ? {} : { contentId: channel }) };
}

export class HlsSource implements Source {
  private readonly hls: Hls;
  private beginAtMs: number | null = null;
  private listed = false;
  private resuming: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly heard: Heard,
    sameOrigin: boolean,
    channel: string | null,
  ) {
    this.hls = new Hls(config(sameOrigin, channel));
    // Segments may be elsewhere, where a header of our own would cost a preflight: playlists tell enough.
    delete this.hls.config.fLoader;
    this.listen();
  }

  load(url: string, atMs: number | null): void {
    clearTimeout(this.resuming);
    this.beginAtMs = atMs;
    this.listed = false;
    this.hls.loadSource(url);
    if (this.hls.media !== this.video) this.hls.attachMedia(this.video);
  }

  resume(): void {
    // Not in one go: what is aborted of a segment then aborts the next one too, which is left out.
    this.rest();
    this.resuming = setTimeout(() => this.hls.startLoad(this.beginning() ?? -1));
  }

  rest(): void {
    clearTimeout(this.resuming);
    this.hls.stopLoad();
  }

  mend(): void {
    this.hls.recoverMediaError();
  }

  dateAt(timeS: number): number | null {
    return dateAt(this.segments(), timeS);
  }

  timeAt(dateMs: number): number | null {
    return timeAt(this.segments(), dateMs);
  }

  lists(dateMs: number): boolean {
    return lists(this.segments(), dateMs);
  }

  assetAt(timeS: number): string | null {
    return assetAt(this.segments(), timeS);
  }

  chooseLevel(index: number | null): void {
    this.hls.nextLevel = index ?? -1;
  }

  chooseAudio(index: number): void {
    this.hls.audioTrack = index;
  }

  chooseSubtitles(index: number | null): void {
    this.hls.subtitleDisplay = index !== null;
    this.hls.subtitleTrack = index ?? -1;
  }

  destroy(): void {
    clearTimeout(this.resuming);
    this.hls.destroy();
  }

  private segments() {
    return this.hls.latestLevelDetails?.fragments ?? [];
  }

  private listen(): void {
    const { hls, heard } = this;
    hls.on(Hls.Events.MANIFEST_PARSED, () => heard.levels(hls.levels.map((_, index) => this.level(index))));
    hls.on(Hls.Events.LEVELS_UPDATED, () => heard.levels(hls.levels.map((_, index) => this.level(index))));
    hls.on(Hls.Events.LEVEL_SWITCHED, (_, { level }) => heard.shown(this.level(level)));
    const audio = () => heard.audioTracks(hls.audioTracks.map(track), hls.audioTrack < 0 ? null : hls.audioTrack);
    hls.on(Hls.Events.AUDIO_TRACKS_UPDATED, audio);
    hls.on(Hls.Events.AUDIO_TRACK_SWITCHED, audio);
    const texts = () =>
      heard.subtitles(
        hls.subtitleTracks.map(track),
        hls.subtitleTrack < 0 || !hls.subtitleDisplay ? null : hls.subtitleTrack,
      );
    hls.on(Hls.Events.SUBTITLE_TRACKS_UPDATED, texts);
    hls.on(Hls.Events.SUBTITLE_TRACK_SWITCH, texts);
    hls.on(Hls.Events.FRAG_LOADED, () => heard.alive());
    // Behind the clock the playlist has to come first: hls.js would begin with what is due now.
    hls.on(Hls.Events.LEVEL_LOADING, () => this.beginAtMs !== null && !this.listed && hls.pauseBuffering());
    hls.on(Hls.Events.LEVEL_LOADED, (_, { details }) => {
      heard.alive();
      if (!details.live) heard.over();
      this.begin();
    });
    hls.on(Hls.Events.ERROR, (_, data) => this.failed(data));
  }

  /** Behind the clock: the playlist says where that is. */
  private begin(): void {
    const first = !this.listed;
    this.listed = true;
    if (first && this.beginAtMs !== null) this.hls.startLoad(this.beginning() ?? -1);
  }

  /** Behind the clock, where to begin (s) as long as nothing is there yet; null: that is known without. */
  private beginning(): number | null {
    if (this.beginAtMs === null || this.video.buffered.length > 0) return null;
    const at = this.timeAt(this.beginAtMs);
    return at === null ? null : Math.max(0, at);
  }

  private failed(data: ErrorData): void {
    if (!data.fatal) return;
    const kinds: Partial<Record<string, "network" | "media">> = { networkError: "network", mediaError: "media" };
    this.heard.failed({
      kind: kinds[data.type] ?? "other",
      code: data.details,
      status: data.response?.code ?? 0,
      retryAfterS: retryAfter(data.networkDetails),
      atFirst: !this.listed || data.details.startsWith("manifest"),
    });
  }

  private level(index: number): Level {
    const one = this.hls.levels[index];
    return { index, height: one?.height ?? 0, bitrateKbps: Math.round((one?.bitrate ?? 0) / 1000) };
  }
}

function track(one: { name: string; lang?: string | undefined }, index: number): Track {
  return { index, name: one.name, language: one.lang ?? null };
}

function retryAfter(details: unknown): number | null {
  if (!(details instanceof XMLHttpRequest)) return null;
  const said = details.getAllResponseHeaders().match(/^retry-after:\s*(\d+)/im);
  return said === null ? null : Number(said[1]);
}
