import type { SeriesStatus, StreamsStatus } from '../api/operations';
import { formatCount, formatPercent } from '../format/number';

/** Something that costs much and may be worth little. */
export interface Idea {
  key: string;
  text: string;
  why: string;
}

/** Fewer values than this are no burden, whatever their share. */
const MANY = 100;

/** Labels that say which target it is: to be had for free, and wanted. */
const WANTED = new Set(['__name__', 'le', 'quantile', 'job', 'instance']);

/** What could be dropped: labels that nearly each series has a value of its own of, metrics that are a large part of all, labels of streams that are ids. */
export function ideas(series: SeriesStatus, streams: StreamsStatus | undefined): Idea[] {
  const all = series.headStats.numSeries;
  const found: Idea[] = [];
  for (const { name, value } of series.labelValueCountByLabelName) {
    if (WANTED.has(name) || value < MANY || value < all / 4) continue;
    found.push({
      key: `label ${name}`,
      text: `Label ${name} of metrics`,
      why: `has ${formatCount(value)} values in ${formatCount(all)} series. Where it names single requests, users or containers, leave it out at the sender.`,
    });
  }
  for (const { name, value } of series.seriesCountByMetricName) {
    if (value < 10 * MANY || value < all / 5) continue;
    found.push({ key: `metric ${name}`, text: `Metric ${name}`, why: `is ${formatPercent(value / all, 2)} of all series. Fewer buckets or labels of it count most.` });
  }
  for (const { name, values } of streams?.labels ?? []) {
    if (values < MANY || values < (streams?.streams ?? 0) / 2) continue;
    found.push({
      key: `stream ${name}`,
      text: `Label ${name} of logs`,
      why: `has ${formatCount(values)} values in ${formatCount(streams?.streams ?? 0)} streams. As structured metadata it is found as well, and streams stay few.`,
    });
  }
  return found;
}
