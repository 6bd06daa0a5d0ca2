import { describe, expect, it } from 'vitest';
import type { SqlFrame } from '../store/dataSourceApi';
import { framesOfSql, optionsOfSql } from './fromSql';
import { parseFieldConfig } from '../model/fieldConfig';
import { withConfig } from './applyConfig';
import { lengthOf } from './frame';
import { displayName } from './names';
import { framesOfLoki } from './fromLoki';
import { framesOfInstant, framesOfMatrix } from './fromPrometheus';
import type { PrometheusTarget } from './fromPrometheus';
import { framesOfSearch } from './fromTempo';
import { reduceValues } from './reduce';

const target = (more: Partial<PrometheusTarget> = {}): PrometheusTarget => ({ refId: 'A', expr: 'up', format: 'time_series', legendFormat: '', stepMs: 15_000, severalTables: false, ...more });
const matrix = [
  { metric: { __name__: 'up', job: 'a', le: '0.5' }, values: [[10, '1'], [20, '2']] as [number, string][] },
  { metric: { __name__: 'up', job: 'a', le: '+Inf' }, values: [[10, '4'], [20, 'NaN']] as [number, string][] },
];
const names = (frames: ReturnType<typeof framesOfMatrix>) => frames.flatMap((frame) => frame.fields.filter((field) => field.type === 'number').map((field) => displayName(field, frame, frames)));

describe('frames of Prometheus', () => {
  it('makes a frame for each series, times in milliseconds', () => {
    const [first] = framesOfMatrix(matrix, target());
    expect(first!.fields[0]!.values).toEqual([10_000, 20_000]);
    expect(first!.fields[1]!.values).toEqual([1, 2]);
  });
  it('names series as told', () => {
    expect(names(framesOfMatrix(matrix, target({ legendFormat: '{{job}} {{le}}' })))).toEqual(['a 0.5', 'a +Inf']);
    expect(names(framesOfMatrix(matrix, target({ legendFormat: '__auto' })))).toEqual(['0.5', '+Inf']);
    expect(names(framesOfMatrix(matrix, target()))[0]).toBe('up{job="a", le="0.5"}');
    expect(names(framesOfMatrix([{ metric: {}, values: [[1, '1']] }], target({ expr: 'sum(up)', legendFormat: '__auto' })))).toEqual(['sum(up)']);
  });
  it('makes one table with a column for each label', () => {
    const [table] = framesOfInstant({ resultType: 'vector', result: [{ metric: { a: '1' }, value: [5, '7'] }, { metric: { b: '2' }, value: [5, '8'] }] }, target({ format: 'table', severalTables: true, refId: 'B' }));
    expect(table!.fields.map((field) => [field.name, field.values])).toEqual([['Time', [5000, 5000]], ['a', ['1', null]], ['b', [null, '2']], ['Value #B', [7, 8]]]);
  });
  it('takes buckets apart', () => {
    const [heat] = framesOfMatrix([matrix[1]!, matrix[0]!].map((one) => ({ ...one, values: one.values.slice(0, 1) })), target({ format: 'heatmap' }));
    expect(heat!.fields.map((field) => [field.name, field.values])).toEqual([['Time', [10_000]], ['0.5', [1]], ['+Inf', [3]]]);
  });
});

it('reads lines of Loki, newest first, with the labels of each', () => {
  const [logs] = framesOfLoki({ resultType: 'streams', result: [{ stream: { app: 'x' }, values: [['1000000000', 'old'], ['2000000000', 'new', { structuredMetadata: { id: '1' } }]] }] }, target());
  expect(logs!.kind).toBe('logs');
  expect(logs!.fields[2]!.values).toEqual(['new', 'old']);
  expect(logs!.fields[0]!.values[0]).toEqual({ app: 'x', id: '1' });
  expect(logs!.fields[1]!.values).toEqual([2000, 1000]);
});

it('reads found traces, and their spans', () => {
  const answer = { traces: [{ traceID: 'ab', rootServiceName: 's', rootTraceName: 'n', startTimeUnixNano: '1000000', durationMs: 5, spanSets: [{ matched: 1, spans: [{ spanID: '1', startTimeUnixNano: '1000000', durationNanos: '2000000', attributes: [{ key: 'k', value: { intValue: '3' } }] }] }] }] };
  expect(framesOfSearch(answer, 'A', 'traces')[0]!.fields[0]!.values).toEqual(['ab'.padStart(32, '0')]);
  const spans = framesOfSearch(answer, 'A', 'spans')[0]!;
  expect(Object.fromEntries(spans.fields.map((field) => [field.name, field.values[0]]))).toMatchObject({ k: 3, Duration: 2, 'Span ID': '1' });
  expect(lengthOf(spans)).toBe(1);
});

describe('reduceValues', () => {
  const values = [3, null, 1, NaN, 4, 2];
  it.each([
    ['lastNotNull', 2], ['first', 3], ['min', 1], ['max', 4], ['mean', 2.5], ['sum', 10], ['count', 6], ['countNonNull', 4], ['range', 3], ['diff', -1], ['median', 2.5], ['delta', 6], ['p50', 2.5], ['distinctCount', 4], ['changeCount', 3],
  ])('%s', (id, expected) => expect(reduceValues(values, id)).toBe(expected));
  it('has nothing of nothing', () => expect(['mean', 'min', 'lastNotNull', 'sum', 'stdDev'].map((id) => reduceValues([null], id))).toEqual([null, null, null, null, null]));
});

describe('withConfig', () => {
  const frames = framesOfMatrix(matrix, target({ legendFormat: '{{le}}' }));
  const config = (overrides: unknown[]) => parseFieldConfig({ defaults: { unit: 'bytes', custom: { fillOpacity: 10 } }, overrides });
  const second = (overrides: unknown[]) => withConfig(frames, config(overrides))[1]!.fields[1]!;
  it('has defaults everywhere and overrides where they match', () => {
    const found = second([{ matcher: { id: 'byName', options: '+Inf' }, properties: [{ id: 'unit', value: 's' }, { id: 'custom.fillOpacity', value: 50 }, { id: 'custom.lineStyle.fill', value: 'dash' }] }]);
    expect(found.config).toMatchObject({ unit: 's', custom: { fillOpacity: 50, lineStyle: { fill: 'dash' } } });
    expect(withConfig(frames, config([]))[0]!.fields[1]!.config).toMatchObject({ unit: 'bytes', custom: { fillOpacity: 10 } });
  });
  it.each([
    [{ id: 'byRegexp', options: '/Inf/' }, true],
    [{ id: 'byRegexp', options: '.Inf' }, true],
    [{ id: 'byRegexp', options: 'Inf' }, false],
    [{ id: 'byNames', options: { mode: 'exclude', names: ['0.5'] } }, true],
    [{ id: 'byType', options: 'number' }, true],
    [{ id: 'byFrameRefID', options: 'B' }, false],
    [{ id: 'byValue', options: { reducer: 'max', op: '>', value: 3 } }, true],
    [{ id: 'somethingNew', options: 1 }, false],
  ])('matches %o: %s', (matcher, matches) => expect(second([{ matcher, properties: [{ id: 'unit', value: 's' }] }]).config.unit).toBe(matches ? 's' : 'bytes'));
});

describe('answers of SQL', () => {
  const wide: SqlFrame = {
    schema: { fields: [{ name: 'time', type: 'time' }, { name: 'cpu', type: 'number', labels: { host: 'a' } }, { name: 'cpu', type: 'number', labels: { host: 'b' } }] },
    data: { values: [[0, 60_000], [1, null], [null, 2]], entities: [null, null, { NaN: [], Inf: [0], NegInf: [] }] },
  };
  it('become a series each, named by what tells them apart', () => {
    const frames = framesOfSql([wide], 'A', 'time_series', 60_000);
    expect(frames.map((frame) => [frame.kind, frame.name, frame.fields.map((field) => field.values)])).toEqual([
      ['series', 'a', [[0, 60_000], [1, null]]],
      ['series', 'b', [[0, 60_000], [Infinity, 2]]],
    ]);
    expect(frames[0]!.fields[1]!.config.displayNameFromDS).toBe('a');
  });
  it('are one table where a table is asked for', () => expect(framesOfSql([wide], 'A', 'table', 1).map((frame) => [frame.kind, frame.fields.length])).toEqual([['table', 3]]));
  it('are options of variables', () => {
    const of = (names: string[], values: unknown[][]): SqlFrame[] => [{ schema: { fields: names.map((name) => ({ name, type: 'string' })) }, data: { values } }];
    expect(optionsOfSql(of(['__value', '__text'], [[1, 2], ['one', 'two']]))).toEqual([{ value: '1', text: 'one' }, { value: '2', text: 'two' }]);
    expect(optionsOfSql(of(['x', 'y'], [['a', 'b', null], ['a', 'c', 'd']])).map((option) => option.value)).toEqual(['a', 'b', 'c', 'd']);
  });
});
