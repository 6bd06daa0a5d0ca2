import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../model/json';
import sample from '../testing/sample.json';
import { diffLines } from './diff';
import { mappingRows, mappingsOf, propertyValue, stepRows, withSteps } from './fieldEdits';
import { addTo, moveIn, nameProblem, newVariable, VARIABLES, withQuery, withType } from './settings/lists';
import { addPanel, duplicatePanel, movePanels, removePanel, setIn, toggleRow } from './edits';

const raw = sample as unknown as JsonObject;
const ids = (document: JsonObject): unknown[] => (document['panels'] as JsonObject[]).map((panel) => panel['id'] ?? null);
const find = (document: JsonObject, id: number): JsonObject => (document['panels'] as JsonObject[]).find((panel) => panel['id'] === id)!;
const place = (document: JsonObject, id: number) => find(document, id)['gridPos'] as { y: number; h: number };

describe('edits', () => {
  it('change one place and leave the rest as it is', () => {
    const changed = setIn(raw, ['panels', 1, 'fieldConfig', 'defaults', 'unit'], 'bytes');
    expect(JSON.stringify(changed)).toBe(JSON.stringify(raw).replace('"unit":"reqps"', '"unit":"bytes"'));
    expect(changed['notKnownToUs']).toBe(raw['notKnownToUs']);
  });
  it('move panels, and change nothing where nothing moved', () => {
    expect(movePanels(raw, [{ path: ['panels', 1], pos: { x: 0, y: 1, w: 12, h: 8 } }])).toBe(raw);
    expect(place(movePanels(raw, [{ path: ['panels', 1], pos: { x: 4, y: 9, w: 6, h: 3 } }]), 2)).toEqual({ x: 4, y: 9, w: 6, h: 3 });
  });
  it('remove, duplicate and add with ids that are free', () => {
    expect(ids(removePanel(raw, ['panels', 2]))).toEqual([1, 2, 4, 6, 7]);
    const copied = duplicatePanel(raw, ['panels', 1]);
    expect(ids(copied)).toEqual([1, 2, 3, 4, 6, 7, 8]);
    expect(find(copied, 8)).toMatchObject({ title: 'Rate', gridPos: { x: 0, y: 14, w: 12, h: 8 } });
    expect(find(addPanel(raw, 'logs'), 8)).toMatchObject({ type: 'logs', datasource: { type: 'loki' }, gridPos: { y: 14 } });
  });
  it('open a row and fold it again', () => {
    const opened = toggleRow(raw, ['panels', 3]);
    expect(ids(opened)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect([place(opened, 5).y, place(opened, 6).y]).toEqual([10, 14]);
    const folded = toggleRow(opened, ['panels', 3]);
    expect(find(folded, 4)['collapsed']).toBe(true);
    expect((find(folded, 4)['panels'] as JsonObject[]).map((panel) => panel['id'])).toEqual([5, 6, 7]);
  });
});

describe('diffLines', () => {
  const kinds = (before: string[], after: string[]) => diffLines(before.join('\n'), after.join('\n')).map(({ kind, text }) => `${kind[0]}${text}`);
  it('shows what was added and removed with what stands around', () => {
    expect(kinds(['1', '2', '3', '4', '5', 'x', '6'], ['1', '2', '3', '4', '5', 'y', '6', '7'])).toEqual(['s2 lines unchanged', 's3', 's4', 's5', 'rx', 'ay', 's6', 'a7']);
  });
  it('finds lines that stayed within a change', () => expect(kinds(['a', 'b', 'c'], ['b', 'x', 'c', 'd'])).toEqual(['ra', 'sb', 'ax', 'sc', 'ad']));
  it('says nothing of texts that are the same', () => expect(kinds(['a', 'b'], ['a', 'b'])).toEqual(['s2 lines unchanged']));
  it('does not compare for ever', () => {
    const many = (word: string) => Array.from({ length: 4000 }, (_, i) => `${word}${i}`);
    expect(kinds(many('a'), many('b'))).toHaveLength(8000);
  });
});

describe('settings', () => {
  const names = (document: JsonObject) => ((document['templating'] as JsonObject)['list'] as JsonObject[]).map((one) => one['name']);
  it('put entries in order', () => {
    expect(names(moveIn(raw, VARIABLES, 1, -1))).toEqual(['job', 'ds', 'instance', 'res', 'word']);
    expect(moveIn(raw, VARIABLES, 0, -1)).toBe(raw);
    expect(names(setIn(raw, [...VARIABLES, 1], undefined))).toEqual(['ds', 'instance', 'res', 'word']);
  });
  it('add to lists that are not there yet, and leave the rest as it is', () => {
    const made = addTo({ title: 'x' }, VARIABLES, newVariable({}));
    expect(names(made)).toEqual(['variable0']);
    expect(names(addTo(raw, VARIABLES, newVariable(raw))).at(-1)).toBe('variable5');
    expect(addTo(raw, ['links'], { title: 'y' })['notKnownToUs']).toBe(raw['notKnownToUs']);
  });
  it('say which names cannot be', () => {
    expect([nameProblem(raw, 1, 'job'), nameProblem(raw, 1, 'free_1')]).toEqual([null, null]);
    expect(['ds', 'a b', '__x', ''].map((name) => nameProblem(raw, 1, name))).not.toContain(null);
  });
  it('keep the name when the kind changes, but not the query', () => {
    const job = ((raw['templating'] as JsonObject)['list'] as JsonObject[])[1]!;
    expect(withType(job, 'custom')).toEqual({ name: 'job', label: 'Job', type: 'custom', query: '', multi: false, includeAll: false, current: {} });
  });
  it('change the text within a query that is an object', () => {
    expect(withQuery({ query: 'a', refId: 'x' }, 'b')).toEqual({ query: 'b', refId: 'x' });
    expect(withQuery('a', 'b')).toBe('b');
  });
});

describe('values of fields', () => {
  const thresholds = { mode: 'absolute', steps: [{ color: 'green', value: null }, { color: 'red', value: 80 }], extra: 1 };
  it('have thresholds in order, the base first', () => {
    const rows = stepRows(thresholds);
    expect(rows).toEqual([{ value: '', color: 'green' }, { value: '80', color: 'red' }]);
    expect(withSteps(thresholds, rows)).toEqual(thresholds);
    expect(withSteps(thresholds, [...rows, { value: '50', color: 'orange' }, { value: 'x', color: 'blue' }])['steps']).toEqual([{ color: 'green', value: null }, { color: 'orange', value: 50 }, { color: 'red', value: 80 }]);
  });
  it('have mappings that come out as they went in', () => {
    const mappings: JsonObject[] = [
      { type: 'value', options: { '1': { text: 'up', color: 'green', index: 0 } } },
      { type: 'range', options: { from: 2, to: null, result: { text: 'many', index: 1 } } },
      { type: 'regex', options: { pattern: '/a(.*)/', result: { text: '$1', index: 2 } } },
      { type: 'special', options: { match: 'null', result: { text: 'none', index: 3 } } },
    ];
    expect(mappingsOf(mappingRows(mappings))).toEqual(mappings);
    expect(mappingRows([{ type: 1, value: '0', text: 'off' }])).toEqual([{ type: 'value', match: '0', text: 'off', color: '' }]);
  });
  it('are set by what was typed', () => {
    expect([propertyValue('unit', 'bytes'), propertyValue('min', '3'), propertyValue('min', 'x'), propertyValue('custom.hidden', 'true')]).toEqual(['bytes', 3, undefined, true]);
    expect([propertyValue('color', 'red'), propertyValue('color', 'thresholds')]).toEqual([{ mode: 'fixed', fixedColor: 'red' }, { mode: 'thresholds' }]);
    expect([propertyValue('custom.other', '{"a":1}'), propertyValue('custom.other', '{')]).toEqual([{ a: 1 }, undefined]);
  });
});
