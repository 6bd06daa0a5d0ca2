import type { InstantData, Labels, MatrixSeries, VectorSample } from '../../api/prometheus';
import { parseSample, seriesName } from '../../charts/frame';
import { fieldOf, frameOf } from './frame';
import type { DataFrame, Field } from './frame';

export interface PrometheusTarget {
  refId: string;
  expr: string;
  format: 'time_series' | 'table' | 'heatmap';
  /** As written, `__auto`, or empty. */
  legendFormat: string;
  stepMs: number;
  /** Whether several targets make tables, whose columns of values then need names of their own. */
  severalTables: boolean;
}

/** `{{label}}` replaced; empty where the format is empty or automatic. */
export function legendOf(format: string, labels: Labels): string {
  if (format === '' || format === '__auto') return '';
  return format.replace(/\{\{\s*(.+?)\s*\}\}/g, (_, name: string) => labels[name] ?? '');
}

export function framesOfMatrix(matrix: readonly MatrixSeries[], target: PrometheusTarget): DataFrame[] {
  const made = matrix.map((series) => seriesFrame(series.metric, (series.values ?? []).map(([time]) => Math.round(time * 1000)), (series.values ?? []).map(([, text]) => parseSample(text)), target));
  if (target.format === 'heatmap') return heatmapFrames(made, target);
  return target.format === 'table' ? [tableOf(made, target)] : made;
}

export function framesOfInstant(data: InstantData, target: PrometheusTarget): DataFrame[] {
  if (data.resultType === 'matrix') return framesOfMatrix(data.result, target);
  if (data.resultType === 'string') return [frameOf(target.refId, [fieldOf('Time', 'time', [Math.round((data.result[0] as number) * 1000)]), fieldOf('Value', 'string', [data.result[1]])])];
  const samples: readonly VectorSample[] = data.resultType === 'scalar' ? [{ metric: {}, value: data.result as [number, string] }] : (data.result as VectorSample[]);
  const made = samples.flatMap((sample) => (sample.value === undefined ? [] : [seriesFrame(sample.metric, [Math.round(sample.value[0] * 1000)], [parseSample(sample.value[1])], target)]));
  if (target.format === 'heatmap') return heatmapFrames(made, target);
  return target.format === 'table' ? [tableOf(made, target)] : made;
}

function seriesFrame(labels: Labels, times: number[], values: number[], target: PrometheusTarget): DataFrame {
  const legend = legendOf(target.legendFormat, labels);
  const automatic = target.legendFormat === '__auto' && Object.keys(labels).length > 0;
  const name = legend !== '' ? legend : automatic ? '' : Object.keys(labels).length === 0 ? target.expr : seriesName(labels, {});
  const value = fieldOf('Value', 'number', values, { labels, config: { displayNameFromDS: automatic ? null : name, intervalMs: target.stepMs } });
  return frameOf(target.refId, [fieldOf('Time', 'time', times, { config: { intervalMs: target.stepMs } }), value], { name, kind: 'series' });
}

/** One table: time, a column for each label, the value. */
function tableOf(series: readonly DataFrame[], target: PrometheusTarget): DataFrame {
  const names = [...new Set(series.flatMap((frame) => Object.keys(frame.fields[1]!.labels)))].sort();
  const times: unknown[] = [];
  const values: unknown[] = [];
  const columns = names.map((): unknown[] => []);
  for (const frame of series) {
    const [time, value] = frame.fields as [Field, Field];
    value.values.forEach((one, i) => {
      times.push(time.values[i]);
      values.push(one);
      names.forEach((name, n) => columns[n]!.push(value.labels[name] ?? null));
    });
  }
  const valueName = target.severalTables ? `Value #${target.refId}` : 'Value';
  return frameOf(target.refId, [fieldOf('Time', 'time', times), ...names.map((name, n) => fieldOf(name, 'string', columns[n]!)), fieldOf(valueName, 'number', values)], { kind: 'table' });
}

/**
 * Buckets of a classic histogram as columns of one table, ascending by their upper bound; each holds its own count, not also that of
 * the smaller ones.
 */
function heatmapFrames(series: readonly DataFrame[], target: PrometheusTarget): DataFrame[] {
  const buckets = series
    .flatMap((frame) => {
      const bound = parseSample(frame.fields[1]!.labels['le'] ?? '');
      return frame.fields[1]!.labels['le'] === undefined ? [] : [{ bound, frame }];
    })
    .sort((a, b) => a.bound - b.bound);
  if (buckets.length === 0) return [...series];
  const times = [...new Set(buckets.flatMap(({ frame }) => frame.fields[0]!.values as number[]))].sort((a, b) => a - b);
  const sums = new Map<number, Map<number, number>>();
  for (const { bound, frame } of buckets) {
    const column = sums.get(bound) ?? new Map<number, number>();
    sums.set(bound, column);
    (frame.fields[0]!.values as number[]).forEach((time, i) => column.set(time, (column.get(time) ?? 0) + (frame.fields[1]!.values[i] as number)));
  }
  const bounds = [...sums.keys()];
  const fields = bounds.map((bound, b) => {
    const values = times.map((time) => {
      const count = sums.get(bound)!.get(time);
      if (count === undefined) return null;
      const below = b === 0 ? 0 : (sums.get(bounds[b - 1]!)!.get(time) ?? 0);
      return Math.max(0, count - below);
    });
    const name = bound === Infinity ? '+Inf' : String(bound);
    return fieldOf(name, 'number', values, { labels: { le: name }, config: { displayNameFromDS: name, intervalMs: target.stepMs } });
  });
  return [frameOf(target.refId, [fieldOf('Time', 'time', times), ...fields], { kind: 'heatmap' })];
}
