import { describe, expect, it } from 'vitest';
import { traceOf } from '../model/testTrace';
import { buildTree } from '../model/tree';
import { walk } from './keys';
import { visibleRows } from './rows';

const tree = buildTree(
  traceOf([
    ['a', '', 0, 10],
    ['b', 'a', 1, 5],
    ['c', 'b', 2, 3],
    ['d', 'a', 6, 7],
  ]),
);
const at = (row: number, collapsed: number[] = []) => ({
  tree,
  rows: visibleRows(tree, new Set(collapsed)),
  collapsed: new Set(collapsed),
  row,
  pageRows: 2,
});

describe('walking the waterfall', () => {
  it.each([
    ['down', at(0), 'ArrowDown', { kind: 'move', row: 1 }],
    ['down at the end', at(3), 'ArrowDown', { kind: 'move', row: 3 }],
    ['up at the top', at(0), 'ArrowUp', { kind: 'move', row: 0 }],
    ['a page', at(0), 'PageDown', { kind: 'move', row: 2 }],
    ['to the end', at(0), 'End', { kind: 'move', row: 3 }],
    ['left on an open span', at(1), 'ArrowLeft', { kind: 'collapse', node: 1 }],
    ['left on a leaf, to its parent', at(3), 'ArrowLeft', { kind: 'move', row: 0 }],
    ['left on a closed root', at(0, [0]), 'ArrowLeft', null],
    ['right on a closed span', at(1, [1]), 'ArrowRight', { kind: 'expand', node: 1 }],
    ['right on an open span, to its first child', at(1), 'ArrowRight', { kind: 'move', row: 2 }],
    ['right on a leaf', at(2), 'ArrowRight', null],
    ['any other key', at(2), 'x', null],
  ])('%s', (_, walker, key, expected) => expect(walk(walker, key)).toEqual(expected));
});
