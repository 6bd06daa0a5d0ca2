import type { LokiResult } from '../../api/loki';
import { fieldOf, frameOf } from './frame';
import type { DataFrame } from './frame';
import { framesOfInstant, framesOfMatrix } from './fromPrometheus';
import type { PrometheusTarget } from './fromPrometheus';

/** Lines as a table, or series as of PromQL. */
export function framesOfLoki(result: LokiResult, target: PrometheusTarget): DataFrame[] {
  if (result.resultType === 'matrix') return framesOfMatrix(result.result, target);
  if (result.resultType === 'vector') return framesOfInstant({ resultType: 'vector', result: result.result }, target);
  const rows = result.result.flatMap((stream) => stream.values.map(([nanos, line, extra]) => ({ nanos, line, labels: { ...stream.stream, ...extra?.structuredMetadata, ...extra?.parsed } })));
  rows.sort((a, b) => (a.nanos.length - b.nanos.length || (a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0)) * -1);
  return [
    frameOf(
      target.refId,
      [
        fieldOf('labels', 'other', rows.map((row) => row.labels)),
        fieldOf('Time', 'time', rows.map((row) => Number(row.nanos.slice(0, -6)))),
        fieldOf('Line', 'string', rows.map((row) => row.line)),
        fieldOf('tsNs', 'string', rows.map((row) => row.nanos)),
      ],
      { kind: 'logs' },
    ),
  ];
}
