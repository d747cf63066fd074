import { type PointerEvent, type RefObject, useRef } from "react";
import { instantAt, type Span } from "./geometry";
import { isMovable, placeAt, runOf } from "./order";
import { placeOf, type StripProps } from "./Strip";

const SLOP_PX = 5;

type Drag = { x: number; span: Span; place: number | null; moving: boolean };

/**
 * Dragging a clip that can be moved moves it; dragging anything else moves along. A finger has to choose a clip first, as
 * it is for moving along, mostly.
 */
export function useDragging(here: RefObject<HTMLElement | null>, width: number, horizon: number, props: StripProps) {
  const { entries, span, onSpan, at, hold, onHold, onDrop, onAt } = props;
  const drag = useRef<Drag | null>(null);
  const onPointerDown = (event: PointerEvent) => {
    if (event.button !== 0 || hold !== null) return;
    const place = placeOf(event.target);
    const takes =
      place !== null && isMovable(entries[place], horizon) && (event.pointerType === "mouse" || place === at);
    drag.current = { x: event.clientX, span, place: takes ? place : null, moving: false };
  };
  const onPointerMove = (event: PointerEvent) => {
    const begun = drag.current;
    if (begun === null) return;
    const by = event.clientX - begun.x;
    if (!begun.moving && Math.abs(by) < SLOP_PX) return;
    if (!begun.moving) here.current?.setPointerCapture(event.pointerId);
    begun.moving = true;
    if (begun.place === null) {
      const byMs = ((begun.span.untilMs - begun.span.fromMs) * by) / Math.max(1, width);
      return onSpan({ fromMs: begun.span.fromMs - byMs, untilMs: begun.span.untilMs - byMs });
    }
    const px = event.clientX - (here.current?.getBoundingClientRect().left ?? 0);
    const to = placeAt(entries, runOf(entries, begun.place, horizon), instantAt(px, span, width));
    if (hold?.from !== begun.place || hold.to !== to) onHold({ from: begun.place, to });
  };
  const onPointerUp = (event: PointerEvent) => {
    const begun = drag.current;
    drag.current = null;
    const place = placeOf(event.target);
    if (begun !== null && !begun.moving && place !== null) onAt(place);
    if (begun?.moving && begun.place !== null && hold !== null) onDrop(hold);
  };
  const onPointerCancel = () => {
    if (drag.current?.moving && drag.current.place !== null) onHold(null);
    drag.current = null;
  };
  return { onPointerDown, onPointerMove, onPointerUp, onPointerCancel };
}
