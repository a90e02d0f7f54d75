/**
 * Dragging an SVG or HTML surface: captures the pointer, tells where it is in the surface (0..1
 * from the left and from the top), and always tells when it is let go.
 */

import type { PointerEventHandler } from 'preact';
import { useRef } from 'preact/hooks';

export interface Place {
  x: number;
  y: number;
}

type Handler = PointerEventHandler<Element>;

export interface DragHandlers {
  onPointerDown: Handler;
  onPointerMove: Handler;
  onPointerUp: Handler;
  onPointerCancel: Handler;
  onLostPointerCapture: Handler;
}

export function useDrag(
  onDrag: (place: Place, isFirst: boolean) => void,
  onRelease: () => void,
): DragHandlers {
  const pointer = useRef<number | undefined>(undefined);
  const place = (event: PointerEvent, element: Element): Place => {
    const box = element.getBoundingClientRect();
    return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
  };
  const end: Handler = (event) => {
    if (event.pointerId !== pointer.current) return;
    pointer.current = undefined;
    onRelease();
  };
  return {
    onPointerDown: (event) => {
      if (pointer.current !== undefined || event.button !== 0) return;
      pointer.current = event.pointerId;
      event.currentTarget.setPointerCapture(event.pointerId);
      onDrag(place(event, event.currentTarget), true);
    },
    onPointerMove: (event) => {
      if (event.pointerId === pointer.current) onDrag(place(event, event.currentTarget), false);
    },
    onPointerUp: end,
    onPointerCancel: end,
    onLostPointerCapture: end,
  };
}
