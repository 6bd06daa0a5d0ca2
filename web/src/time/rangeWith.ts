const HOUR_MS = 3_600_000;

/**
 * The address keys of a range that shows what happened from `firstMs` to `lastMs`: none when the present range does, so that it stays as it
 * is; else from an hour before to an hour after unless told, for clocks differ, and lines may be written late.
 */
export function rangeWith(present: { startMs: number; endMs: number }, firstMs: number, lastMs: number, beforeMs = HOUR_MS, afterMs = HOUR_MS): { from?: string; to?: string } {
  if (firstMs >= present.startMs && lastMs <= present.endMs) return {};
  return { from: String(firstMs - beforeMs), to: String(lastMs + afterMs) };
}
