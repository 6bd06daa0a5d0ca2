import { describe, expect, it } from 'vitest';
import { fieldOf, frameOf } from '../frames/frame';
import type { DataFrame } from '../frames/frame';
import { matchersOf } from './AlertListPanel';
import { niceTicks } from './BarPlot';
import { heatGrid } from './heatmapGrid';
import { bucketSize, bucketsOf } from './histogramBuckets';
import { graphOf } from './nodeGraph';
import { safeHref } from './safeHref';
import { spansOf } from './StatePanel';
import { tiles } from './StatPanel';
import { joinedLines, linesOf, stacked } from './timeseries/lines';
import { columnsOf } from './table/columns';
import { shownValues } from './values';

const series = (name: string, times: number[], values: (number | null)[], custom: object = {}, config: object = {}): DataFrame =>
  frameOf('A', [fieldOf('Time', 'time', times), fieldOf('Value', 'number', values, { labels: { job: name }, config: { displayNameFromDS: name, intervalMs: 10, custom: custom as never, ...config } })], { kind: 'series', name });

describe('lines of a chart', () => {
  it('have a gap where points are missing, unless it is spanned', () => {
    const frames = [series('a', [0, 10, 40], [1, 2, 3])];
    expect(linesOf(frames, 'dark')[0]).toMatchObject({ times: [0, 10, 20, 40], values: [1, 2, null, 3] });
    expect(linesOf([series('a', [0, 10, 40], [1, 2, 3], { spanNulls: true })], 'dark')[0]!.values).toEqual([1, 2, 3]);
    expect(linesOf([series('a', [0, 10, 40], [1, 2, 3], { spanNulls: 30 })], 'dark')[0]!.values).toEqual([1, 2, 3]);
  });
  it('keep their colour when others come or go, and have those that are set', () => {
    const alone = linesOf([series('a', [0], [1])], 'dark')[0]!.colour;
    expect(linesOf([series('b', [0], [1]), series('a', [0], [1])], 'dark')[1]!.colour).toBe(alone);
    expect(linesOf([series('a', [0], [1], {}, { color: { mode: 'fixed', fixedColor: '#123456', seriesBy: 'last' } })], 'dark')[0]!.colour).toBe('#123456');
  });
  it('turn their sign where told, and are left out where hidden', () => {
    expect(linesOf([series('a', [0], [2], { transform: 'negative-Y' })], 'dark')[0]!.values).toEqual([-2]);
    expect(linesOf([series('a', [0], [2], { hideFrom: { viz: true } })], 'dark')).toEqual([]);
  });
  it('share an axis by unit', () => {
    const lines = linesOf([series('a', [0], [1], {}, { unit: 's' }), series('b', [0], [1], {}, { unit: 's' }), series('c', [0], [1], {}, { unit: 'bytes' })], 'dark');
    expect(lines[0]!.axis).toBe(lines[1]!.axis);
    expect(lines[2]!.axis).not.toBe(lines[0]!.axis);
  });
  it('join by time: undefined where only others have a point', () => {
    const joined = joinedLines(linesOf([series('a', [0, 20], [1, 2], { spanNulls: true }), series('b', [10, 20], [3, 4])], 'dark'));
    expect(joined).toEqual({ times: [0, 10, 20], values: [[1, undefined, 2], [undefined, 3, 4]] });
  });
  it('stack within their group, up and down apart', () => {
    const stack = { stacking: { mode: 'normal', group: 'A' } };
    const lines = linesOf([series('a', [0, 10], [1, 2], stack), series('b', [0, 10], [10, null], stack), series('c', [0, 10], [5, 5], { ...stack, transform: 'negative-Y' }), series('d', [0, 10], [7, 7])], 'dark');
    const { values, below } = stacked(lines, joinedLines(lines).values);
    expect(values).toEqual([[1, 2], [11, null], [-5, -5], [7, 7]]);
    expect(below).toEqual([-1, 0, -1, -1]);
  });
  it('stack to the whole in per cent', () => {
    const stack = { stacking: { mode: 'percent', group: 'A' } };
    const lines = linesOf([series('a', [0], [1], stack), series('b', [0], [3], stack)], 'dark');
    expect(stacked(lines, joinedLines(lines).values).values).toEqual([[0.25], [1]]);
  });
});

describe('shownValues', () => {
  const frames = [series('a', [0, 10], [1, 3]), series('b', [0, 10], [5, null])];
  it('calculates one for each series', () => expect(shownValues(frames, { reduceOptions: { calcs: ['mean'] } }, 'dark').map(({ name, value }) => [name, value])).toEqual([['a', 2], ['b', 5]]));
  it('takes all rows where told, up to a limit', () => {
    const table = frameOf('A', [fieldOf('host', 'string', ['x', 'y', 'z']), fieldOf('Value', 'number', [1, 2, 3])]);
    expect(shownValues([table], { reduceOptions: { values: true, limit: 2 } }, 'dark').map(({ name, value }) => [name, value])).toEqual([['x', 1], ['y', 2]]);
  });
  it('takes the fields of a pattern, times and texts too', () => {
    expect(shownValues(frames.slice(0, 1), { reduceOptions: { calcs: ['lastNotNull'], fields: '/^Time$/' } }, 'dark').map(({ value }) => value)).toEqual([10]);
    const table = frameOf('A', [fieldOf('version', 'string', ['1.2'])]);
    expect(shownValues([table], { reduceOptions: { calcs: ['lastNotNull'], fields: '/.*/' } }, 'dark')[0]!.display.text).toBe('1.2');
  });
});

it('gives tiles the form that leaves each the most room', () => {
  expect(tiles(4, 600, 100, 'auto')).toMatchObject({ columns: 4, rows: 1 });
  expect(tiles(4, 100, 400, 'auto')).toMatchObject({ columns: 1, rows: 4 });
  expect(tiles(3, 100, 100, 'horizontal')).toEqual({ columns: 1, rows: 3 });
});

it('counts values into round buckets', () => {
  expect(bucketSize(0, 100, 30)).toBe(5);
  expect(bucketsOf([[1, 2, 11, 12, 13, null, NaN]], 10, 0, 30)).toEqual({ size: 10, from: [0, 10], counts: [[2, 3]] });
  expect(bucketsOf([[]], null, 0, 30).from).toEqual([]);
  expect(bucketsOf([[0, 1e9]], 1, 0, 30).from.length).toBeLessThanOrEqual(201);
});

it('orders buckets of a heat map by their bound, or counts them', () => {
  const grid = heatGrid([series('+Inf', [0, 10], [1, 1]), series('0.5', [0, 10], [4, null])], false)!;
  expect(grid.rows).toEqual(['0.5', '+Inf']);
  expect(grid.cells).toEqual([[4, null], [1, 1]]);
  expect([grid.most, grid.stepMs]).toEqual([4, 10]);
  const counted = heatGrid([series('a', [0, 1000, 2000], [1, 1, 5])], true)!;
  expect(counted.cells.flat().reduce((sum: number, value) => sum + (value ?? 0), 0)).toBe(3);
});

it('makes states last until the next point, and no longer than data comes', () => {
  expect(spansOf([0, 10, 20, 60], ['a', 'a', 'b', 'b'], 70, 15, true)).toEqual([{ fromMs: 0, toMs: 20, value: 'a' }, { fromMs: 20, toMs: 35, value: 'b' }, { fromMs: 60, toMs: 70, value: 'b' }]);
  expect(spansOf([0, 10], ['a', 'a'], 20, null, false)).toHaveLength(2);
});

it('lays a graph out, with the nodes that only edges name', () => {
  const edges = frameOf('A', [fieldOf('id', 'string', ['1']), fieldOf('source', 'string', ['a']), fieldOf('target', 'string', ['b']), fieldOf('mainstat', 'number', [2])]);
  const nodes = frameOf('A', [fieldOf('id', 'string', ['a']), fieldOf('title', 'string', ['Shop']), fieldOf('mainstat', 'number', [3]), fieldOf('arc__failed', 'number', [0.25])]);
  const graph = graphOf([nodes, edges], { nodes: { mainStatUnit: 'reqps' } }, 'dark');
  expect(graph.nodes.map(({ id, title, main }) => [id, title, main])).toEqual([['a', 'Shop', '3\u00a0req/s'], ['b', 'b', '']]);
  expect(graph.nodes[0]!.arcs[0]!.share).toBe(0.25);
  expect(graph.nodes[1]!.x).toBeGreaterThan(graph.nodes[0]!.x);
  expect(graph.edges).toHaveLength(1);
});

it('leads only to pages', () => {
  expect(['https://a.b/?c=1', '/d/x', 'd/x', 'mailto:a@b'].map(safeHref)).toEqual(['https://a.b/?c=1', '/d/x', 'd/x', 'mailto:a@b']);
  expect(['javascript:alert(1)', ' JavaScript:alert(1)', 'data:text/html,x', ''].map(safeHref)).toEqual([null, null, null, null]);
});

it('reads matchers of alerts', () => {
  const all = (text: string, labels: Record<string, string>) => matchersOf(text).every((test) => test(labels));
  expect(all('{a="b", c=~"d.*"}', { a: 'b', c: 'dx' })).toBe(true);
  expect(all('{a!="b"}', { a: 'b' })).toBe(false);
});

it('hides columns that are hidden, and aligns numbers', () => {
  const frame = frameOf('A', [fieldOf('name', 'string', ['x']), fieldOf('n', 'number', [1], { config: { custom: { width: 90 } } }), fieldOf('h', 'number', [1], { config: { custom: { hidden: true } } })]);
  expect(columnsOf(frame, [frame], 400, 'dark').map(({ name, align, width }) => [name, align, width])).toEqual([['name', 'left', null], ['n', 'right', 90]]);
});

it('has round ticks', () => expect(niceTicks(0, 100, 5)).toEqual([0, 20, 40, 60, 80, 100]));
