import { type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { Entry } from "../../../../api/schema";
import { Blocks } from "./Blocks";
import { instantAt, marks, moved, pixel, type Span, zoomed } from "./geometry";
import { type Hold, type Pressed, pressed } from "./hold";
import { isMovable, runOf } from "./order";
import { useDragging } from "./useDragging";

export type StripProps = {
  entries: readonly Entry[];
  span: Span;
  onSpan: (span: Span) => void;
  now: number;
  horizon: number;
  /** Whether one may change what is to come. */
  editable: boolean;
  at: number;
  onAt: (at: number) => void;
  hold: Hold | null;
  onHold: (hold: Hold | null) => void;
  onDrop: (hold: Hold) => void;
};

/** The timeline: a ruler, the clips, and a line for now. One moves along it by dragging, the wheel, or arrow keys. */
export function Strip(props: StripProps) {
  const { entries, span, onSpan, now, horizon, editable, at, hold } = props;
  const here = useRef<HTMLDivElement>(null);
  const width = useWidth(here);
  const from = editable ? horizon : Number.POSITIVE_INFINITY;
  const [said, setSaid] = useState("");
  const drag = useDragging(here, width, from, props);
  useWheel(here, width, span, onSpan);
  const onKeyDown = (event: KeyboardEvent) => {
    const around = { count: entries.length, movable: isMovable(entries[at], from), run: runOf(entries, at, from) };
    const step = pressed(event.key, at, hold, around);
    if (step === null) return;
    event.preventDefault();
    take(step, props, setSaid, (place) => focusOn(here.current, place));
  };
  return (
    <div className="relative overflow-hidden rounded-lg border border-line bg-page">
      <Ruler span={span} width={width} />
      <div
        ref={here}
        role="toolbar"
        aria-label="Clips of the day"
        aria-orientation="horizontal"
        tabIndex={-1}
        onKeyDown={onKeyDown}
        onFocus={(event) => {
          const place = placeOf(event.target);
          if (place !== null && hold === null) props.onAt(place);
        }}
        {...drag}
        className="relative h-32 cursor-grab touch-pan-y overflow-hidden outline-none select-none"
      >
        <div className="absolute inset-x-0 inset-y-1">
          <Blocks entries={entries} span={span} width={width} horizon={from} hold={hold} at={at} />
        </div>
      </div>
      <Lines span={span} width={width} now={now} horizon={horizon} entries={entries} />
      <p aria-live="assertive" className="sr-only">
        {said}
      </p>
    </div>
  );
}

/** Have a key's step happen. A clip out of sight is brought into it. */
function take(step: Pressed, props: StripProps, say: (text: string) => void, focus: (place: number) => void): void {
  const { entries, span, onSpan, onAt, onHold, onDrop, at, hold } = props;
  if (step.said !== undefined) say(step.said);
  if (step.dropped !== undefined) onDrop(step.dropped);
  else if (step.hold !== hold) onHold(step.hold);
  if (step.at === at) return;
  onAt(step.at);
  const [starts, ends] = [entries[step.at]?.starts, entries[step.at]?.ends].map((one) => Date.parse(one ?? ""));
  const off = (starts ?? 0) < span.fromMs || (ends ?? 0) > span.untilMs;
  if (off) onSpan(moved(span, ((starts ?? 0) - (span.fromMs + span.untilMs) / 2) / (span.untilMs - span.fromMs)));
  requestAnimationFrame(() => focus(step.at));
}

/** The place of the clip that an element is of. */
export function placeOf(target: EventTarget): number | null {
  const block = target instanceof Element ? target.closest<HTMLElement>("[data-place]") : null;
  return block === null ? null : Number(block.dataset["place"]);
}

function focusOn(strip: HTMLElement | null, place: number): void {
  strip?.querySelector<HTMLElement>(`[data-place="${place}"]`)?.focus({ preventScroll: true });
}

function useWidth(here: React.RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    if (here.current === null) return;
    setWidth(here.current.clientWidth);
    const seen = new ResizeObserver(([entry]) => entry && setWidth(entry.contentRect.width));
    seen.observe(here.current);
    return () => seen.disconnect();
  }, [here]);
  return width;
}

/** Sideways goes along; with Ctrl, and by pinching, nearer or farther. */
function useWheel(
  here: React.RefObject<HTMLElement | null>,
  width: number,
  span: Span,
  onSpan: (span: Span) => void,
) {
  useEffect(() => {
    const strip = here.current;
    const turned = (event: WheelEvent) => {
      const along = event.shiftKey ? event.deltaY : event.deltaX;
      if (!event.ctrlKey && Math.abs(along) < Math.abs(event.shiftKey ? 0 : event.deltaY)) return;
      event.preventDefault();
      if (!event.ctrlKey) return onSpan(moved(span, along / Math.max(1, width)));
      const px = event.clientX - (strip?.getBoundingClientRect().left ?? 0);
      onSpan(zoomed(span, Math.sign(event.deltaY), instantAt(px, span, width)));
    };
    // React's own would be passive, and the page would zoom.
    strip?.addEventListener("wheel", turned, { passive: false });
    return () => strip?.removeEventListener("wheel", turned);
  }, [here, width, span, onSpan]);
}

function Ruler({ span, width }: { span: Span; width: number }) {
  return (
    <div aria-hidden className="relative h-7 overflow-hidden border-b border-line text-xs text-muted tabular-nums">
      {marks(span, width).map(({ atMs, label, strong }) => (
        <span
          key={atMs}
          style={{ left: `${pixel(atMs, span, width)}px` }}
          className={`absolute inset-y-0 border-l border-line pt-1 pl-1 whitespace-nowrap ${strong ? "font-semibold text-ink" : ""}`}
        >
          {label}
        </span>
      ))}
    </div>
  );
}

type LinesProps = { span: Span; width: number; now: number; horizon: number; entries: readonly Entry[] };

/** Now; what is fixed behind it; and where day parts begin. */
function Lines({ span, width, now, horizon, entries }: LinesProps) {
  const parts = entries.filter(({ part }, place) => part && place > 0 && part !== entries[place - 1]?.part);
  const [line, until] = [pixel(now, span, width), pixel(horizon, span, width)];
  return (
    <div aria-hidden className="pointer-events-none absolute inset-0 overflow-hidden">
      {parts.map(({ starts, part }) => (
        <span
          key={starts}
          style={{ left: `${pixel(Date.parse(starts), span, width)}px` }}
          className="absolute top-7 bottom-0 border-l-2 border-dashed border-good"
        >
          <span className="absolute bottom-0 bg-page px-1 text-xs text-good">{part}</span>
        </span>
      ))}
      <span
        style={{ left: `${line}px`, width: `${Math.max(0, until - line)}px` }}
        className="absolute top-7 bottom-0 border-r border-dashed border-muted bg-ink/10"
      />
      <span style={{ left: `${line}px` }} className="absolute inset-y-0 w-0.5 bg-bad" />
    </div>
  );
}
