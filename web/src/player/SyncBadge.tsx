import { type RefObject, useCallback, useEffect, useId, useRef, useState } from "react";
import { classes } from "../ui/classes";
import { useOutside, useStore } from "./hooks";
import type { Player, SyncReading } from "./types";

const DOTS: Record<SyncReading["state"], string> = {
  unknown: "bg-white/60",
  settling: "bg-warn",
  "in sync": "bg-good",
  behind: "bg-white/60",
};

const signed = (ms: number) => `${Math.round(ms) < 0 ? "\u2212" : "+"}${Math.abs(Math.round(ms))} ms`;
const orDash = (value: number | null, told: (value: number) => string) => (value === null ? "\u2013" : told(value));
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

/** How together with the clock: the state, then the number. `behindMs`: how far the picture is behind the clock. */
export function syncWords({ state, errorMs }: SyncReading, behindMs: number | null): string[] {
  if (state === "unknown") return ["finding the time"];
  if (state === "behind") return [behindMs === null ? "behind" : `${spanWords(behindMs)} behind`];
  return errorMs === null ? [state] : [state, signed(errorMs)];
}

function spanWords(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000));
  return s < 60 ? `${s} s` : `${Math.floor(s / 60)} min`;
}

/** Seconds of media that are loaded beyond what is on screen. */
function bufferedMs(video: HTMLVideoElement | null): number | null {
  if (video === null) return null;
  const { buffered, currentTime } = video;
  for (let i = 0; i < buffered.length; i += 1)
    if (buffered.start(i) <= currentTime && currentTime <= buffered.end(i))
      return (buffered.end(i) - currentTime) * 1000;
  return 0;
}

type BadgeProps = { player: Player; video: RefObject<HTMLVideoElement | null>; onOpen: (open: boolean) => void };

/** "in sync, +12 ms"; pressed, it shows the details. */
export function SyncBadge({ player, video, onOpen }: BadgeProps) {
  const reading = useStore(player.sync);
  const [open, setOpen] = useState(false);
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => onOpen(open), [open, onOpen]);
  useOutside(
    box,
    open,
    useCallback(() => setOpen(false), []),
  );
  const dateMs = player.dateMs();
  const behindMs = dateMs === null ? null : player.nowMs() - dateMs;
  const words = syncWords(reading, behindMs);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape closes what the button in it opened
    <div
      ref={box}
      className="relative min-w-0 @max-md:static"
      onKeyDown={(event) => event.key === "Escape" && setOpen(false)}
    >
      <button
        type="button"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
        className="flex min-h-10 max-w-full items-center gap-2 rounded-lg px-2 text-xs font-medium tabular-nums hover:bg-white/20"
      >
        <span aria-hidden className={classes("size-2 shrink-0 rounded-full", DOTS[reading.state])} />
        <span className="truncate">
          <span className="@max-md:sr-only">{words.slice(0, -1).map((word) => `${word}, `)}</span>
          {words[words.length - 1]}
        </span>
      </button>
      {open && (
        <section
          id={id}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls where the picture is small
          tabIndex={0}
          aria-label="How together with the clock"
          className="player-panel absolute bottom-full left-0 mb-2 w-64 overflow-y-auto p-4 @max-md:inset-x-2 @max-md:bottom-14 @max-md:w-auto"
        >
          <Details player={player} reading={reading} video={video} behindMs={behindMs} />
        </section>
      )}
    </div>
  );
}

type DetailsProps = {
  player: Player;
  reading: SyncReading;
  video: RefObject<HTMLVideoElement | null>;
  behindMs: number | null;
};

function Details({ player, reading, video, behindMs }: DetailsProps) {
  const level = player.state.get().shownLevel;
  const rows: [string, string][] = [
    ["Sync error", orDash(reading.errorMs, signed)],
    ["Clock offset", orDash(reading.offsetMs, signed)],
    ["Offset within", orDash(reading.uncertaintyMs, (ms) => `\u00b1${Math.ceil(ms)} ms`)],
    ["Round trip", orDash(reading.roundTripMs, (ms) => `${Math.round(ms)} ms`)],
    ["Rate", `${reading.rate.toFixed(3)} \u00d7`],
    ["Behind live", orDash(behindMs, (ms) => seconds(Math.max(0, ms)))],
    ["Quality", level === null ? "\u2013" : `${level.height}p, ${(level.bitrateKbps / 1000).toFixed(1)} Mb/s`],
    ["Buffer", orDash(bufferedMs(video.current), seconds)],
  ];
  return (
    <dl className="grid grid-cols-[1fr_auto] gap-x-3 gap-y-1 text-xs whitespace-nowrap tabular-nums @max-md:grid-cols-[auto_1fr_auto_1fr]">
      {rows.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-muted">{name}</dt>
          <dd className="text-right">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
