import { describe, expect, it } from 'vitest';
import { bigTrace, traceOf } from '../model/testTrace';
import { buildTree } from '../model/tree';
import { collapsedBelow, revealing, rowOf, searchSpans, visibleRows } from './rows';

const trace = traceOf([
  ['a', '', 0, 10],
  ['b', 'a', 1, 5, { attributes: [{ key: 'http.route', value: { stringValue: '/Cart' } }] }],
  ['c', 'b', 2, 3, { service: 'stock' }],
  ['d', 'a', 6, 7, { events: [{ name: 'exception' }] }],
]);
const tree = buildTree(trace);
const names = (rows: Int32Array) => [...rows].map((node) => trace.name[node]);
const node = (name: string) => trace.name.indexOf(name);

describe('visibleRows', () => {
  it('shows all when nothing is collapsed', () => expect(names(visibleRows(tree, new Set()))).toEqual(['a', 'b', 'c', 'd']));
  it('hides what lies under a collapsed span', () => expect(names(visibleRows(tree, new Set([node('b')])))).toEqual(['a', 'b', 'd']));
  it('leaves one row of 100,000 when the root is collapsed', () => {
    const big = buildTree(bigTrace(100_000, 4));
    expect(visibleRows(big, new Set([0])).length).toBe(1);
    expect(visibleRows(big, new Set([1])).length).toBe(100_000 - (big.subtreeEnd[1]! - 2));
  });
});

describe('rowOf and revealing', () => {
  it('finds the row of a shown span, and the collapsed ancestor of a hidden one', () => {
    const rows = visibleRows(tree, new Set([node('b')]));
    expect(rowOf(tree, rows, node('d'))).toBe(2);
    expect(rowOf(tree, rows, node('c'))).toBe(1);
  });
  it('opens only what hides the span', () => {
    expect(revealing(tree, new Set([node('b'), node('d')]), node('c'))).toEqual(new Set([node('d')]));
  });
  it('keeps the same set when nothing hides the span', () => {
    const collapsed = new Set([node('b')]);
    expect(revealing(tree, collapsed, node('d'))).toBe(collapsed);
  });
  it('collapses to a depth', () => expect(collapsedBelow(tree, 1)).toEqual(new Set([node('b')])));
});

describe('searchSpans', () => {
  it.each([
    ['a name', 'd', ['d']],
    ['a service', 'STOCK', ['c']],
    ['an attribute value, whatever its case', '/cart', ['b']],
    ['key=value', 'http.route=/c', ['b']],
    ['an event', 'exception', ['d']],
    ['nothing', 'no such thing', []],
    ['blank text', '  ', []],
  ])('finds by %s', (_, text, expected) => expect(names(searchSpans(trace, tree, text))).toEqual(expected));
});
