import { type PointerEvent, useEffect, useRef, useState } from "react";
import { clockTime, timeOfDay } from "../ui/words";
import type { About } from "./about";
import { useRedrawn } from "./hooks";
import { cellAt, onAt } from "./thumbnails";
import type { DateRange, Player } from "./types";

const SETTLED_MS = 250; // without a move: then it is sought, not at every step of a drag
const percent = (atMs: number, { fromMs, toMs }: DateRange) =>
  Math.min(100, Math.max(0, ((atMs - fromMs) / (toMs - fromMs)) * 100));

/** The picture and the title of an instant, above the bar. */
function Preview({ atMs, range, about }: { atMs: number; range: DateRange; about: About }) {
  const entry = onAt(about.entries, atMs);
  const cell = entry === null ? null : cellAt(entry, atMs);
  const at = percent(atMs, range);
  return (
    <div
      aria-hidden
      className="player-panel pointer-events-none absolute bottom-full mb-1 overflow-hidden p-1 text-center text-xs"
      style={{ left: `${at}%`, transform: `translateX(-${at}%)` }}
    >
      {cell !== null && (
        <div
          className="mx-auto rounded"
          style={{
            width: cell.width,
            height: cell.height,
            backgroundImage: `url("${cell.url}")`,
            backgroundPosition: `-${cell.x}px -${cell.y}px`,
          }}
        />
      )}
      <p className="max-w-40 truncate px-1 pt-1 font-medium">{entry?.title}</p>
      <p className="px-1 text-muted tabular-nums">{timeOfDay(atMs, true)}</p>
    </div>
  );
}

/** What time shift reaches, with where the picture is in it. */
export function SeekBar({ player, about }: { player: Player; about: About }) {
  useRedrawn(500);
  const [wishMs, setWishMs] = useState<number | null>(null);
  const [overMs, setOverMs] = useState<number | null>(null);
  const timer = useRef(0);
  const { look } = about;
  const previewMs = wishMs ?? overMs;
  useEffect(() => {
    if (previewMs !== null) look(previewMs);
  }, [previewMs, look]);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const range = player.seekable();
  if (range === null) return null;
  const atMs = wishMs ?? player.dateMs() ?? range.toMs;
  const behindS = Math.round((range.toMs - atMs) / 1000);
  const moved = (ms: number) => {
    setWishMs(ms);
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => {
      player.seekTo(ms);
      setWishMs(null);
    }, SETTLED_MS);
  };
  const over = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const part = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    setOverMs(range.fromMs + part * (range.toMs - range.fromMs));
  };
  return (
    <div className="relative flex items-center" onPointerMove={over} onPointerLeave={() => setOverMs(null)}>
      {previewMs !== null && <Preview atMs={previewMs} range={range} about={about} />}
      <input
        type="range"
        aria-label="Time shift"
        aria-valuetext={
          behindS < 2 ? "live" : `${clockTime(behindS * 1000)} behind live, at ${timeOfDay(atMs, true)}`
        }
        min={Math.round((range.fromMs - range.toMs) / 1000)}
        max={0}
        step={1}
        value={-behindS}
        onChange={(event) => moved(range.toMs + Number(event.target.value) * 1000)}
        className="h-8 w-full cursor-pointer accent-white"
      />
    </div>
  );
}
