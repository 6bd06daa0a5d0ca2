import type { Labels } from '../api/prometheus';
import type { Scheme } from '../theme/useScheme';

/**
 * Twelve colours per theme that stay apart for people with any of the common colour deficiencies (the test simulates them) and
 * have a contrast of at least 3 to the panels. Index i is the same family of hue in both where possible.
 */
export const SERIES_COLOURS: Readonly<Record<Scheme, readonly string[]>> = {
  light: ['#0c6ad8', '#aa9008', '#b42167', '#4f6405', '#8d7fff', '#6d2411', '#1b9fc4', '#5e2268', '#b4675a', '#1f38a5', '#eb5a9d', '#7a579c'],
  dark: ['#2475de', '#f1c344', '#e45472', '#87ae0a', '#e289ff', '#8b790d', '#4ec7ba', '#b243aa', '#fa9381', '#e2c7fe', '#03f9b0', '#a785b5'],
};

/** FNV-1a, 32 bits, mixed at the end so that near names get far colours. */
export function hashText(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  return h >>> 0;
}

/** A label set as one text, the same whatever the order of its labels. */
export function labelsKey(labels: Labels): string {
  return Object.keys(labels)
    .sort()
    .map((name) => `${name}\u0001${labels[name]}`)
    .join('\u0002');
}

/** The colour of a service, a series or whatever has a name. */
export function colourOf(name: string, scheme: Scheme): string {
  const colours = SERIES_COLOURS[scheme];
  return colours[hashText(name) % colours.length]!;
}

/**
 * Colours of the series of one chart. Each has the colour of its hash; where two of the same chart would share one and others are
 * free, the one whose key sorts later moves to the next free colour.
 */
export function coloursOf(keys: readonly string[], scheme: Scheme): string[] {
  const colours = SERIES_COLOURS[scheme];
  const uses = new Array<number>(colours.length).fill(0);
  const chosen = new Map<string, number>();
  for (const key of [...new Set(keys)].sort()) {
    const wanted = hashText(key) % colours.length;
    const least = Math.min(...uses);
    let index = wanted;
    while (uses[index]! > least) index = (index + 1) % colours.length;
    uses[index]!++;
    chosen.set(key, index);
  }
  return keys.map((key) => colours[chosen.get(key)!]!);
}
