import { describe, expect, it } from 'vitest';
import { fieldOf, frameOf } from '../frame';
import type { DataFrame } from '../frame';
import { displayName } from '../names';
import { isKnownTransformation, transformed } from './transform';

const series = (refId: string, labels: Record<string, string>, values: (number | null)[], name = ''): DataFrame =>
  frameOf(refId, [fieldOf('Time', 'time', values.map((_, i) => i * 1000)), fieldOf('Value', 'number', values, { labels })], { kind: 'series', name });
const table = (refId: string, columns: Record<string, unknown[]>): DataFrame =>
  frameOf(refId, Object.entries(columns).map(([name, values]) => fieldOf(name, name === 'Time' ? 'time' : typeof values[0] === 'number' ? 'number' : 'string', values)));
const run = (frames: DataFrame[], id: string, options: object = {}) => transformed(frames, [{ id, disabled: false, filter: null, options: options as never }], () => undefined).frames;
const shape = (frames: DataFrame[]) => frames.map((frame) => Object.fromEntries(frame.fields.map((field) => [displayName(field, frame, frames), field.values])));

const people = table('A', { name: ['ann', 'bob', 'cy'], team: ['x', 'y', 'x'], size: [3, 1, 2] });

describe('transformations of tables', () => {
  it('organize leaves out, orders and renames', () => {
    expect(run([people], 'organize', { excludeByName: { team: true }, indexByName: { size: 0, name: 1 }, renameByName: { size: 'Size' } })[0]!.fields.map((field) => field.config.displayName ?? field.name)).toEqual(['Size', 'name']);
  });
  it('filterFieldsByName keeps names and patterns', () => {
    expect(Object.keys(shape(run([people], 'filterFieldsByName', { include: { names: ['name'], pattern: '/^si/' } }))[0]!)).toEqual(['name', 'size']);
  });
  it('filterByValue keeps or drops rows', () => {
    const filters = [{ fieldName: 'size', config: { id: 'greater', options: { value: 1 } } }];
    expect(shape(run([people], 'filterByValue', { type: 'include', match: 'any', filters }))[0]!['name']).toEqual(['ann', 'cy']);
    expect(shape(run([people], 'filterByValue', { type: 'exclude', match: 'any', filters }))[0]!['name']).toEqual(['bob']);
  });
  it('sortBy, limit', () => {
    expect(shape(run([people], 'sortBy', { sort: [{ field: 'size', desc: true }] }))[0]!['name']).toEqual(['ann', 'cy', 'bob']);
    expect(shape(run([people], 'limit', { limitField: 2 }))[0]!['name']).toEqual(['ann', 'bob']);
  });
  it('groupBy calculates over each group', () => {
    expect(shape(run([people], 'groupBy', { fields: { team: { operation: 'groupby' }, size: { operation: 'aggregate', aggregations: ['sum', 'count'] } } }))).toEqual([{ team: ['x', 'y'], 'size (sum)': [5, 1], 'size (count)': [2, 1] }]);
  });
  it('renameByRegex renames columns', () => expect(Object.keys(shape(run([people], 'renameByRegex', { regex: '^(s)(.*)$', renamePattern: '$2-$1' }))[0]!)).toEqual(['name', 'team', 'ize-s']));
  it('merge brings rows together that agree', () => {
    const more = table('B', { name: ['bob', 'ann'], age: [40, 30] });
    expect(shape(run([people, more], 'merge'))).toEqual([{ name: ['ann', 'bob', 'cy'], team: ['x', 'y', 'x'], size: [3, 1, 2], age: [30, 40, null] }]);
  });
  it.each([
    ['outer', ['ann', 'bob', 'cy', 'di'], [null, 40, null, 20]],
    ['inner', ['bob'], [40]],
  ])('joinByField %s', (mode, keys, ages) => {
    const more = table('B', { name: ['bob', 'di'], age: [40, 20] });
    expect(shape(run([people, more], 'joinByField', { byField: 'name', mode }))[0]).toMatchObject({ name: keys, age: ages });
  });
  it('concatenate, convertFieldType, formatTime', () => {
    expect(shape(run([people, table('B', { n: ['1'] })], 'concatenate', { frameNameMode: 'drop' }))[0]!['n']).toEqual(['1', null, null]);
    expect(shape(run([table('A', { n: ['1', 'x'] })], 'convertFieldType', { conversions: [{ targetField: 'n', destinationType: 'number' }] }))[0]!['n']).toEqual([1, null]);
    expect(shape(run([table('A', { Time: [0] })], 'formatTime', { timeField: 'Time', outputFormat: 'YYYY', timezone: 'utc' }))[0]!['Time']).toEqual(['1970']);
  });
});

describe('calculateField', () => {
  it('over two columns, a row, and a number', () => {
    const two = table('A', { a: [1, 2], b: [4, 0] });
    expect(shape(run([two], 'calculateField', { mode: 'binary', alias: 'q', binary: { left: 'a', operator: '/', right: 'b' } }))[0]!['q']).toEqual([0.25, null]);
    expect(shape(run([two], 'calculateField', { mode: 'reduceRow', reduce: { reducer: 'sum' } }))[0]!['Total']).toEqual([5, 2]);
    expect(shape(run([two], 'calculateField', { mode: 'binary', binary: { left: { matcher: { id: 'byName', options: 'a' } }, operator: '*', right: { fixed: '10' } }, replaceFields: true }))).toEqual([{ 'a * 10': [10, 20] }]);
  });
  it('joins series by time first', () => {
    expect(shape(run([series('A', { x: '1' }, [1, 2]), series('B', { x: '2' }, [10, 20])], 'calculateField', { mode: 'reduceRow', alias: 'all', reduce: { reducer: 'max' } }))[0]!['all']).toEqual([10, 20]);
  });
});

describe('transformations of series', () => {
  const two = [series('A', { job: 'x', host: 'h' }, [1, 3]), series('A', { job: 'y', host: 'h' }, [5, 7])];
  it('reduce makes a row of each', () => {
    expect(shape(run(two, 'reduce', { reducers: ['mean', 'max'], labelsToFields: true }))).toEqual([{ Field: ['x', 'y'], job: ['x', 'y'], host: ['h', 'h'], Mean: [2, 6], Max: [3, 7] }]);
  });
  it('labelsToFields makes columns', () => {
    expect(shape(run(two, 'labelsToFields', { mode: 'columns' }))[0]).toMatchObject({ job: ['x', 'x', 'y', 'y'], host: ['h', 'h', 'h', 'h'], Value: [1, 3, 5, 7] });
  });
  it('seriesToRows lists the points', () => expect(shape(run(two, 'seriesToRows'))[0]!['Metric']).toEqual(['x', 'y', 'x', 'y']));
  it('seriesToColumns joins by time', () => expect(shape(run(two, 'seriesToColumns'))).toEqual([{ Time: [0, 1000], x: [1, 3], y: [5, 7] }]));
  it('timeSeriesTable keeps each series in a cell', () => {
    const [made] = run(two, 'timeSeriesTable');
    expect(made!.fields.map((field) => field.name)).toEqual(['job', 'host', 'Trend #A']);
    expect((made!.fields[2]!.values[1] as { value: number }).value).toBe(7);
  });
});

it('leaves out what is switched off, names what is not known, and works on the frames of the filter', () => {
  const frames = [series('A', {}, [1, 2, 3]), series('B', {}, [1, 2, 3])];
  const limit = { id: 'limit', disabled: false, filter: { id: 'byRefId', options: 'B' }, options: { limitField: 1 } };
  const { frames: made, unknown } = transformed(frames, [{ ...limit, disabled: true, filter: null }, limit, { id: 'spatial', disabled: false, filter: null, options: {} }], () => undefined);
  expect(unknown).toEqual(['spatial']);
  expect(Object.fromEntries(made.map((frame) => [frame.refId, frame.fields[1]!.values.length]))).toEqual({ A: 3, B: 1 });
  expect(isKnownTransformation('constructor')).toBe(false);
});
