import { describe, expect, it } from 'vitest';
import { expressionFor, searchMetrics } from './browser/searchMetrics';
import { excerptAt, offsetOf } from '../editor/position';
import { sortRows, tableOf } from './result/table';

const about = (type: string, help = '') => ({ type, unit: '', help });

describe('searchMetrics', () => {
  const metrics = new Map([
    ['http_requests_total', about('counter', 'Requests.')],
    ['node_load1', about('gauge', 'Load over one minute.')],
    ['requests', null],
    ['up', about('gauge', 'Whether http works')],
    ['x_10', null],
    ['x_9', null],
  ]);
  const names = (text: string) => searchMetrics(metrics, text).map((entry) => entry.name);

  it('finds all for nothing, numbers in their order', () => expect(names('').slice(-2)).toEqual(['x_9', 'x_10']));
  it('puts the exact name first, then beginnings, then the rest', () => expect(names('requests')).toEqual(['requests', 'http_requests_total']));
  it('finds by several words in any order', () => expect(names('total http')).toEqual(['http_requests_total']));
  it('finds by help, after names', () => expect(names('http')).toEqual(['http_requests_total', 'up']));
  it('finds nothing for nonsense', () => expect(names('zzz')).toEqual([]));
});

describe('expressionFor', () => {
  it.each([
    ['x_total', about('counter'), 'rate(x_total[5m])'],
    ['x_total', null, 'rate(x_total[5m])'],
    ['x_bytes', about('gauge'), 'x_bytes'],
    ['x_seconds_bucket', about('histogram'), 'sum by (le) (rate(x_seconds_bucket[5m]))'],
    ['x_seconds_count', about('histogram'), 'rate(x_seconds_count[5m])'],
    ['my.metric', null, '{"my.metric"}'],
  ])('asks for %s', (name, known, expression) => expect(expressionFor({ name, about: known })).toBe(expression));
});

describe('positions', () => {
  it('are found in texts of several lines', () => {
    expect(offsetOf('ab\ncde', { line: 2, column: 2 })).toBe(4);
    expect(offsetOf('ab', { line: 1, column: 99 })).toBe(2);
    expect(offsetOf('ab', { line: 9, column: 1 })).toBe(2);
  });
  it('show the line they are in', () => {
    expect(excerptAt('ab\ncde', { line: 2, column: 3 })).toEqual({ line: 'cde', at: 2 });
    expect(excerptAt('ab', { line: 7, column: 1 })).toBeNull();
  });
});

describe('tables', () => {
  it('have a column for each label, the name first', () => {
    const table = tableOf({ resultType: 'vector', result: [{ metric: { __name__: 'up', job: 'a' }, value: [0, '1'] }, { metric: { __name__: 'up', zone: 'z' }, value: [0, 'NaN'] }] });
    expect(table.labels).toEqual(['job', 'zone']);
    expect(table.common).toEqual({ __name__: 'up' });
    expect(table.rows.map((row) => row.text)).toEqual(['1', 'NaN']);
  });

  it('say once what all rows have, and keep every label of a single row', () => {
    const row = (metric: Record<string, string>) => ({ metric, value: [0, '1'] as [number, string] });
    const several = tableOf({ resultType: 'vector', result: [row({ __name__: 'a', job: 'x', n: '1' }), row({ __name__: 'b', job: 'x', n: '2' })] });
    expect(several).toMatchObject({ labels: ['__name__', 'n'], common: { job: 'x' } });
    expect(tableOf({ resultType: 'vector', result: [row({ __name__: 'a', job: 'x' })] })).toMatchObject({ labels: ['__name__', 'job'], common: {} });
  });

  it('show scalars, strings, the last point of ranges, and say when a value is a histogram', () => {
    expect(tableOf({ resultType: 'scalar', result: [0, '42'] }).rows[0]!.value).toBe(42);
    expect(tableOf({ resultType: 'string', result: [0, 'hi'] }).rows[0]).toMatchObject({ text: 'hi', value: null });
    expect(tableOf({ resultType: 'matrix', result: [{ metric: {}, values: [[0, '1'], [1, '2']] }] }).rows[0]!.value).toBe(2);
    expect(tableOf({ resultType: 'vector', result: [{ metric: {}, histogram: [0, {}] }] }).rows[0]).toMatchObject({ text: 'histogram', value: null });
  });

  it('sort by value with NaN last both ways, and by label with numbers in order', () => {
    const rows = tableOf({ resultType: 'vector', result: ['NaN', '1', '+Inf', '-2'].map((v, i) => ({ metric: { n: `x${i === 3 ? 10 : i}` }, value: [0, v] })) }).rows;
    expect(sortRows(rows, { by: null, down: true }).map((row) => row.text)).toEqual(['+Inf', '1', '-2', 'NaN']);
    expect(sortRows(rows, { by: null, down: false }).map((row) => row.text)).toEqual(['-2', '1', '+Inf', 'NaN']);
    expect(sortRows(rows, { by: 'n', down: false }).map((row) => row.labels['n'])).toEqual(['x0', 'x1', 'x2', 'x10']);
  });
});
