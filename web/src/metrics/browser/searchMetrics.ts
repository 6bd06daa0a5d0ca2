import type { MetricMetadata } from '../../api/prometheus';

const BY_NAME = new Intl.Collator('en', { numeric: true });

export interface MetricEntry {
  name: string;
  about: MetricMetadata | null;
}

/**
 * Metrics whose name or help holds each word of the text, best first: the name as typed, names that begin so, names that hold
 * all words, then those where only the help does.
 */
export function searchMetrics(metrics: ReadonlyMap<string, MetricMetadata | null>, text: string): MetricEntry[] {
  const wanted = text.trim().toLowerCase();
  const words = wanted.split(/\s+/).filter((word) => word !== '');
  const ranked: { entry: MetricEntry; rank: number }[] = [];
  for (const [name, about] of metrics) {
    const low = name.toLowerCase();
    const help = about?.help.toLowerCase() ?? '';
    if (!words.every((word) => low.includes(word) || help.includes(word))) continue;
    const rank = low === wanted ? 0 : low.startsWith(wanted) ? 1 : words.every((word) => low.includes(word)) ? 2 : 3;
    ranked.push({ entry: { name, about }, rank });
  }
  return ranked.sort((a, b) => a.rank - b.rank || BY_NAME.compare(a.entry.name, b.entry.name)).map(({ entry }) => entry);
}

/** The query that shows a metric as one usually wants it: counters as a rate, all else as it is. */
export function expressionFor({ name, about }: MetricEntry): string {
  const quoted = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name) ? name : `{"${name.replace(/["\\]/g, '\\$&')}"}`;
  if (about?.type === 'counter' || (about === null && /_(total|sum|count)$/.test(name))) return `rate(${quoted}[5m])`;
  if (/_bucket$/.test(name)) return `sum by (le) (rate(${quoted}[5m]))`;
  if (about !== null && /^(histogram|summary)$/.test(about.type) && /_(sum|count)$/.test(name)) return `rate(${quoted}[5m])`;
  return quoted;
}
