import { ApiError, getJson } from '../../api/http';
import type { RequestOptions } from '../../api/http';
import { lokiQuery, lokiQueryRange } from '../../api/loki';
import { queryInstant, queryRange } from '../../api/prometheus';
import type { Labels, MatrixSeries } from '../../api/prometheus';
import { tempoSearch } from '../../api/tempo';
import { fieldOf, frameOf } from '../frames/frame';
import type { DataFrame } from '../frames/frame';
import { framesOfLoki } from '../frames/fromLoki';
import { framesOfInstant, framesOfMatrix } from '../frames/fromPrometheus';
import type { PrometheusTarget } from '../frames/fromPrometheus';
import { framesOfSql } from '../frames/fromSql';
import { framesOfSearch } from '../frames/fromTempo';
import { proxyBase, querySql } from '../store/dataSourceApi';
import { serviceMapFrames } from './serviceMap';
import type { Question } from './targets';

export interface Answered {
  frames: DataFrame[];
  warnings: string[];
}

/** Asks one question. `severalTables`: whether the panel's other targets make tables too. */
export async function ask(question: Question, severalTables: boolean, signal: AbortSignal): Promise<Answered> {
  const options: RequestOptions = question.via === undefined ? { signal } : { signal, base: proxyBase(question.via) };
  const { startMs, endMs, stepMs, refId } = question;
  const stepSeconds = stepMs / 1000;
  switch (question.source) {
    case 'prometheus': {
      const target: PrometheusTarget = { refId, expr: question.query, format: question.format, legendFormat: question.legend, stepMs, severalTables };
      const [ranged, instant] = await Promise.all([
        question.range ? queryRange({ query: question.query, startMs, endMs, stepSeconds }, options) : null,
        question.instant ? queryInstant(question.query, endMs, options) : null,
      ]);
      const frames = [...(ranged === null ? [] : framesOfMatrix(ranged.data.result, target)), ...(instant === null ? [] : framesOfInstant(instant.data, target))];
      const histograms = (ranged?.data.result ?? []).filter((series) => (series.histograms?.length ?? 0) > 0).length;
      return {
        frames: frames.filter((frame) => frame.kind !== 'series' || (frame.fields[0]?.values.length ?? 0) > 0),
        warnings: [...(ranged?.warnings ?? []), ...(instant?.warnings ?? []), ...(histograms === 0 ? [] : [`${histograms} series hold native histograms, which are not drawn. Ask for histogram_quantile(0.95, …) of them.`])],
      };
    }
    case 'loki': {
      const target: PrometheusTarget = { refId, expr: question.query, format: 'time_series', legendFormat: question.legend, stepMs, severalTables };
      const result = question.instant
        ? await lokiQuery(question.query, endMs, options)
        : await lokiQueryRange({ query: question.query, startMs, endMs, stepSeconds, limit: question.limit, direction: 'backward' }, options);
      return { frames: framesOfLoki(result, target), warnings: [] };
    }
    case 'tempo':
      return { frames: await askTempo(question, options), warnings: [] };
    case 'postgres': {
      const frames = await querySql({ uid: question.via, sql: question.query, format: question.format, startMs, endMs, stepMs }, signal);
      return { frames: framesOfSql(frames, refId, question.format, stepMs), warnings: frames.flatMap((frame) => (frame.schema.meta?.notices ?? []).map((notice) => notice.text)) };
    }
  }
}

interface TempoMetrics {
  series?: { labels?: { key: string; value?: { stringValue?: string; intValue?: string; doubleValue?: number; boolValue?: boolean } }[]; samples?: { timestampMs?: string | number; value?: number }[] }[];
}

async function askTempo(question: Extract<Question, { source: 'tempo' }>, options: RequestOptions): Promise<DataFrame[]> {
  const { startMs, endMs, stepMs, refId, query } = question;
  switch (question.kind) {
    case 'search':
      return framesOfSearch(await tempoSearch({ query, startMs, endMs, limit: question.limit, ...(question.rows === 'spans' ? { spansPerSpanSet: 100 } : {}) }, options), refId, question.rows);
    case 'trace':
      return [frameOf(refId, [fieldOf('Trace ID', 'string', [query.toLowerCase()])], { kind: 'trace' })];
    case 'map':
      if (question.via !== undefined) throw new ApiError('The service map is drawn of the built-in data alone: the metrics of another server belong to another data source.', 400, 'bad_data');
      return serviceMapFrames(query, startMs, endMs, refId, options.signal!);
    case 'metrics': {
      const params = { q: query, start: Math.floor(startMs / 1000), end: Math.ceil(endMs / 1000), step: `${Math.max(1, Math.round(stepMs / 1000))}s` };
      const answer = await getJson<TempoMetrics>('/api/metrics/query_range', params, options);
      const matrix = (answer.series ?? []).map((series): MatrixSeries => {
        const metric: Labels = {};
        for (const { key, value } of series.labels ?? []) metric[key] = String(value?.stringValue ?? value?.intValue ?? value?.doubleValue ?? value?.boolValue ?? '');
        return { metric, values: (series.samples ?? []).map((sample) => [Number(sample.timestampMs ?? 0) / 1000, String(sample.value ?? 0)]) };
      });
      return framesOfMatrix(matrix, { refId, expr: query, format: 'time_series', legendFormat: '__auto', stepMs, severalTables: false });
    }
  }
}
