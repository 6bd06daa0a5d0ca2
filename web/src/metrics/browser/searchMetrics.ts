import type { MetricMetadata } from '../../api/prometheus';
import type { LabelMatch } from '../../query/builder/tokens';
import { selectorOf } from '../builder/promqlModel';

const BY_NAME = new Intl.Collator('en', { numeric: true });

export interface MetricEntry {
  name: string;
  about: MetricMetadata | null;
}

/**
 * Metrics whose name or help holds each word of the text, best first: the name as typed, names that begin so, names that hold
 * all words, then those where only the help does.
 * With counts of series those with the most come first instead.
 */
export function searchMetrics(metrics: ReadonlyMap<string, MetricMetadata | null>, text: string, counts: ReadonlyMap<string, number> | null = null): MetricEntry[] {
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
  const countOf = ({ name }: MetricEntry) => counts?.get(name) ?? 0;
  return ranked.sort((a, b) => countOf(b.entry) - countOf(a.entry) || a.rank - b.rank || BY_NAME.compare(a.entry.name, b.entry.name)).map(({ entry }) => entry);
}

/** The query that shows a metric as one usually wants it: counters as a rate, all else as it is. */
export function expressionFor({ name, about }: MetricEntry, filters: readonly LabelMatch[] = []): string {
  const selector = selectorOf({ metric: name, filters });
  if (about?.type === 'counter' || (about === null && /_(total|sum|count)$/.test(name))) return `rate(${selector}[5m])`;
  if (/_bucket$/.test(name)) return `sum by (le) (rate(${selector}[5m]))`;
  if (about !== null && /^(histogram|summary)$/.test(about.type) && /_(sum|count)$/.test(name)) return `rate(${selector}[5m])`;
  return selector;
}
