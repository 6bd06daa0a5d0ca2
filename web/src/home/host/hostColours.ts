import type { Scheme } from '../../theme/useScheme';
import { SERIES_COLOURS } from '../../palette/palette';

/** A colour for each host, the same in all panels of hosts: by its place among the names. */
export function hostColours(names: readonly string[], scheme: Scheme): ReadonlyMap<string, string> {
  const palette = SERIES_COLOURS[scheme];
  return new Map([...new Set(names)].sort().map((name, i) => [name, palette[i % palette.length]!]));
}
