import { describe, expect, it } from 'vitest';
import { parseDashboard, allPanels } from '../model/dashboard';
import type { Json } from '../model/json';
import sample from '../testing/sample.json';
import { exportText } from '../store/exportDashboard';
import { contentsOf } from './contents';
import { grouped, matching } from './filterHits';

const hits = [
  { uid: '1', title: 'Node hosts', tags: ['linux'], folderTitle: 'Team' },
  { uid: '2', title: 'Pods', tags: ['k8s'], isStarred: true },
  { uid: '3', title: 'Apps 10', tags: [] },
  { uid: '4', title: 'Apps 9', tags: [] },
];

describe('the list', () => {
  it('finds by words in title, folder and tags', () => {
    const find = (words: string, more: object = {}) => matching(hits, { words, tags: [], onlyStarred: false, ...more }).map((hit) => hit.uid);
    expect(find('TEAM host')).toEqual(['1']);
    expect(find('', { onlyStarred: true })).toEqual(['2']);
    expect(find('', { tags: ['linux'] })).toEqual(['1']);
    expect(find('nothing')).toEqual([]);
  });
  it('puts those without a folder first, numbers in order', () => {
    expect(grouped(hits).map(({ folder, hits: inside }) => [folder, inside.map((hit) => hit.title)])).toEqual([['General', ['Apps 9', 'Apps 10', 'Pods']], ['Team', ['Node hosts']]]);
  });
});

it('says what of a dashboard is shown, and exports all of it', () => {
  const parsed = parseDashboard(sample as unknown as Json);
  if ('error' in parsed) throw new Error(parsed.error);
  const { dashboard } = parsed;
  expect(contentsOf(allPanels(dashboard.panels), dashboard.sources)).toBe('5 panels, 2 not shown (panel canvas, library panel)');
  expect(JSON.parse(exportText(dashboard.raw))).toEqual({ ...sample, id: null });
});
