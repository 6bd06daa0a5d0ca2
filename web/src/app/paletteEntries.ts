import { PLACES } from './places';
import type { Place } from './places';

/** A dashboard as the search knows it. */
export interface KnownDashboard {
  uid: string;
  title: string;
}

export type PaletteEntry = { kind: 'place'; place: Place } | { kind: 'trace'; traceId: string } | { kind: 'dashboard'; dashboard: KnownDashboard };

const MOST_DASHBOARDS = 12;

/** What the search finds: places and dashboards whose words begin as typed, and the trace when the text is a trace id. */
export function paletteEntries(text: string, dashboards: readonly KnownDashboard[] = []): PaletteEntry[] {
  const wanted = text.trim().toLowerCase();
  const traceId = traceIdIn(wanted);
  const places = PLACES.filter((place) => wanted.split(/\s+/).every((word) => `${place.title} ${place.hint}`.toLowerCase().split(/\s+/).some((w) => w.startsWith(word))));
  const found = wanted === '' ? [] : dashboards.filter((one) => wanted.split(/\s+/).every((word) => one.title.toLowerCase().split(/[\s/]+/).some((w) => w.startsWith(word)))).slice(0, MOST_DASHBOARDS);
  return [...(traceId === null ? [] : [{ kind: 'trace' as const, traceId }]), ...places.map((place) => ({ kind: 'place' as const, place })), ...found.map((dashboard) => ({ kind: 'dashboard' as const, dashboard }))];
}

/** The trace id in a pasted text: 16 to 32 hexadecimal digits, dashes of a UUID left out, or the middle of a traceparent. */
export function traceIdIn(text: string): string | null {
  const parent = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(text);
  if (parent) return parent[1]!;
  const bare = text.replaceAll('-', '');
  return /^[0-9a-f]{16,32}$/.test(bare) && !/^0+$/.test(bare) ? bare : null;
}
