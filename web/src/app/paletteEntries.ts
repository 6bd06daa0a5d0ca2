import { PLACES } from './places';
import type { Place } from './places';

export type PaletteEntry = { kind: 'place'; place: Place } | { kind: 'trace'; traceId: string };

/** What the search finds: places whose words begin as typed, and the trace when the text is a trace id. */
export function paletteEntries(text: string): PaletteEntry[] {
  const wanted = text.trim().toLowerCase();
  const traceId = traceIdIn(wanted);
  const places = PLACES.filter((place) => wanted.split(/\s+/).every((word) => `${place.title} ${place.hint}`.toLowerCase().split(/\s+/).some((w) => w.startsWith(word))));
  return [...(traceId === null ? [] : [{ kind: 'trace' as const, traceId }]), ...places.map((place) => ({ kind: 'place' as const, place }))];
}

/** The trace id in a pasted text: 16 to 32 hexadecimal digits, dashes of a UUID left out, or the middle of a traceparent. */
export function traceIdIn(text: string): string | null {
  const parent = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(text);
  if (parent) return parent[1]!;
  const bare = text.replaceAll('-', '');
  return /^[0-9a-f]{16,32}$/.test(bare) && !/^0+$/.test(bare) ? bare : null;
}
