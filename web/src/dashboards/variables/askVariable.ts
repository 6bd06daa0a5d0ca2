import { ApiError, getJson } from '../../api/http';
import type { RequestOptions } from '../../api/http';
import { lokiLabelNames, lokiLabelValues } from '../../api/loki';
import { labelNames, labelValues, queryInstant } from '../../api/prometheus';
import type { Labels, VectorSample } from '../../api/prometheus';
import { tempoTagNames, tempoTagValues } from '../../api/tempo';
import { seriesName } from '../../charts/frame';
import { optionsOfSql } from '../frames/fromSql';
import type { AskedSource } from '../model/dataSource';
import type { Option } from '../model/variable';
import { proxyBase, querySql } from '../store/dataSourceApi';
import type { VariableQuery } from './variableQuery';

export interface AskRange {
  startMs: number;
  endMs: number;
}

const plain = (values: readonly string[]): Option[] => values.map((value) => ({ text: value, value }));

/** Values for a query variable, from the data source that it names. The query's own variables are replaced already. */
export async function askVariable({ kind: source, via }: AskedSource, query: VariableQuery, range: AskRange, signal: AbortSignal): Promise<Option[]> {
  const options: RequestOptions = via === undefined ? { signal } : { signal, base: proxyBase(via) };
  if (source === 'postgres') {
    if (query.kind !== 'sql' || via === undefined) throw new ApiError('This question is none that PostgreSQL answers.', 400, 'bad_data');
    return query.query.trim() === '' ? [] : optionsOfSql(await querySql({ uid: via, sql: query.query, format: 'table', ...range, stepMs: 60_000 }, signal));
  }
  if (source === 'tempo') {
    if (query.kind === 'tempoTagNames') return plain((await tempoTagNames(range, options)).flatMap((scope) => scope.tags.map((tag) => (scope.name === 'intrinsic' ? tag : `${scope.name}.${tag}`))));
    if (query.kind === 'tempoTagValues') return query.tag === '' ? [] : plain((await tempoTagValues(query.tag, range, options)).map((value) => value.value));
    throw new ApiError('This question is none that Tempo answers.', 400, 'bad_data');
  }
  if (source === 'loki') {
    if (query.kind === 'labelNames') return plain(await lokiLabelNames(range, options));
    if (query.kind === 'labelValues') return query.label === '' ? [] : plain(await lokiLabelValues(query.label, { ...range, ...(query.match === '' ? {} : { query: query.match }) }, options));
    throw new ApiError('Loki answers label_names() and label_values(selector, label) only.', 400, 'bad_data');
  }
  const match = (selector: string) => (selector === '' ? {} : { match: [selector] });
  switch (query.kind) {
    case 'labelNames':
      return plain(await labelNames({ ...match(selectorOf(query.match)), ...range }, options));
    case 'labelValues':
      return plain(await labelValues(query.label, { ...match(selectorOf(query.match)), ...range }, options));
    case 'metricNames': {
      const pattern = new RegExp(query.pattern);
      return plain((await labelValues('__name__', range, options)).filter((name) => pattern.test(name)));
    }
    case 'queryResult': {
      const { data } = await queryInstant(query.query, range.endMs, options);
      if (data.resultType === 'scalar' || data.resultType === 'string') return plain([data.result[1]]);
      if (data.resultType === 'matrix') throw new ApiError('query_result needs a query with one value a series; this one gives many.', 400, 'bad_data');
      return plain((data.result as VectorSample[]).map((sample) => `${seriesText(sample.metric)} ${sample.value?.[1] ?? ''} ${Math.round((sample.value?.[0] ?? 0) * 1000)}`));
    }
    case 'series': {
      if (query.match === '') return [];
      const answer = await getJson<{ data?: Labels[] }>('/api/v1/series', { 'match[]': [query.match], start: range.startMs / 1000, end: range.endMs / 1000 }, options, true);
      return plain((answer.data ?? []).map((labels) => seriesName(labels, {})));
    }
    default:
      throw new ApiError('This question is none that Prometheus answers.', 400, 'bad_data');
  }
}

function seriesText(labels: Labels): string {
  const name = seriesName(labels, {});
  return name === 'value' ? '{}' : name;
}

/** A pattern of names where a selector should stand is one of the metric's name: `label_values(node_.*, job)`. */
function selectorOf(match: string): string {
  return match !== '' && !match.includes('{') && !/^[\w:.]+$/.test(match) ? `{__name__=~"${match.replace(/["\\]/g, '\\$&')}"}` : match;
}
