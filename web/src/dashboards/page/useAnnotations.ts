import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { lokiQueryRange } from '../../api/loki';
import { queryRange } from '../../api/prometheus';
import type { Scheme } from '../../theme/useScheme';
import { colourNamed } from '../look/colours';
import type { Annotation } from '../model/dashboard';
import { sourceOf } from '../model/dataSource';
import type { SourceNames } from '../model/dataSource';
import { isObject, textOf } from '../model/json';
import { legendOf } from '../frames/fromPrometheus';
import type { Mark } from '../panels/marks';
import { interpolate } from '../variables/interpolate';
import type { Scope } from '../variables/interpolate';
import { parseDurationMs } from '../../time/range';
import { proxyBase } from '../store/dataSourceApi';
import type { RequestOptions } from '../../api/http';

const MOST_MARKS = 300;

/** What happened, by the annotation queries of the dashboard that are switched on. */
export function useAnnotations(annotations: readonly Annotation[], sources: SourceNames, scope: Scope, range: { startMs: number; endMs: number }, tick: number, scheme: Scheme) {
  const questions = annotations.flatMap((annotation) => {
    const source = sourceOf(annotation.datasource, sources);
    if (!annotation.enable || annotation.raw['builtIn'] === 1 || (source.kind !== 'prometheus' && source.kind !== 'loki')) return [];
    const target = isObject(annotation.raw['target']) ? annotation.raw['target'] : annotation.raw;
    const expr = interpolate(textOf(annotation.raw['expr']) || textOf(target['expr']), scope, source.kind === 'loki' ? 'logql' : 'promql');
    if (expr.trim() === '') return [];
    const format = textOf(annotation.raw['titleFormat']) || annotation.name;
    return [{ source: source.kind, via: source.via, expr, format, colour: annotation.iconColor, stepMs: parseDurationMs(textOf(annotation.raw['step'])) ?? 60_000 }];
  });
  const { startMs, endMs } = range;
  return useQuery({
    queryKey: ['dashboard-annotations', questions, startMs, endMs, tick],
    enabled: questions.length > 0,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }): Promise<Mark[]> => {
      const found = await Promise.all(
        questions.map(async ({ source, via, expr, format, colour, stepMs }): Promise<Mark[]> => {
          const options: RequestOptions = via === undefined ? { signal } : { signal, base: proxyBase(via) };
          const shade = colourNamed(colour, scheme);
          if (source === 'loki') {
            const answer = await lokiQueryRange({ query: expr, startMs, endMs, limit: MOST_MARKS }, options);
            return answer.resultType !== 'streams' ? [] : answer.result.flatMap((stream) => stream.values.map(([nanos, line]) => ({ timeMs: Number(nanos.slice(0, -6)), endMs: null, colour: shade, title: `${legendOf(format, stream.stream)}: ${line.slice(0, 120)}` })));
          }
          const step = Math.max(stepMs, Math.ceil((endMs - startMs) / 1000 / 1000) * 1000);
          const answer = await queryRange({ query: expr, startMs, endMs, stepSeconds: step / 1000 }, options);
          return answer.data.result.flatMap((series) => runsOf(series.values ?? [], step).map(([from, to]) => ({ timeMs: from, endMs: to > from ? to : null, colour: shade, title: legendOf(format, series.metric) })));
        }),
      );
      return found.flat().slice(0, MOST_MARKS);
    },
  });
}

/** Points that follow one another without a gap are one event from the first to the last; those of zero are none. */
export function runsOf(points: readonly (readonly [number, string])[], stepMs: number): [fromMs: number, toMs: number][] {
  const runs: [number, number][] = [];
  for (const [time, value] of points) {
    if (Number(value) === 0 || Number.isNaN(Number(value))) continue;
    const ms = time * 1000;
    const last = runs.at(-1);
    if (last !== undefined && ms - last[1] <= stepMs * 1.01) last[1] = ms;
    else runs.push([ms, ms]);
  }
  return runs;
}
