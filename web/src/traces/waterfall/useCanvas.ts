import { useLayoutEffect, useRef } from 'react';

/** A canvas of the given size in CSS pixels that paints in the screen's own pixels whenever `paint` changes. */
export function useCanvas(widthPx: number, heightPx: number, paint: (ctx: CanvasRenderingContext2D) => void) {
  const ref = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const canvas = ref.current;
    const ctx = canvas?.getContext('2d');
    if (!canvas || !ctx || widthPx <= 0 || heightPx <= 0) return;
    const ratio = window.devicePixelRatio || 1;
    const width = Math.round(widthPx * ratio);
    const height = Math.round(heightPx * ratio);
    // Setting the size clears and reallocates, so only when it changed.
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    paint(ctx);
  }, [widthPx, heightPx, paint]);
  return ref;
}
