import { beforeEach, describe, expect, it, vi } from 'vitest';
import { clearHistory, findQueries, MOST_RUN, MOST_SAVED, readQueries, rememberQuery, removeQuery, saveQuery, unsaveQuery, writeQueries } from './queryStore';

let kept: Map<string, string>;
beforeEach(() => {
  kept = new Map();
  vi.stubGlobal('localStorage', { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value) });
});

const texts = () => readQueries().map(({ query }) => query);

describe('queries that were run', () => {
  it('come last first, each once for its signal', () => {
    rememberQuery('metrics', 'up', 1);
    rememberQuery('logs', 'up', 2);
    rememberQuery('metrics', ' x ', 3);
    rememberQuery('metrics', 'up', 4);
    rememberQuery('metrics', '  ');
    expect(readQueries().map(({ signal, query, atMs }) => [signal, query, atMs])).toEqual([['metrics', 'up', 4], ['metrics', 'x', 3], ['logs', 'up', 2]]);
  });

  it('are bounded for each signal, saved ones apart', () => {
    saveQuery('metrics', 'saved', 'mine');
    rememberQuery('logs', 'one');
    for (let i = 0; i < MOST_RUN + 20; i++) rememberQuery('metrics', `q${i}`, i);
    expect(readQueries().filter(({ signal, isSaved }) => signal === 'metrics' && !isSaved)).toHaveLength(MOST_RUN);
    expect(texts()[0]).toBe(`q${MOST_RUN + 19}`);
    expect(texts()).toContain('saved');
    expect(texts()).toContain('one');
  });

  it('are forgotten on demand, those of one signal, without the saved', () => {
    rememberQuery('metrics', 'a');
    rememberQuery('logs', 'b');
    saveQuery('metrics', 'c', '');
    clearHistory('metrics');
    expect(texts().sort()).toEqual(['b', 'c']);
  });
});

describe('saved queries', () => {
  it('keep their name when they are run again, and lose it when they are not saved any more', () => {
    saveQuery('logs', '{a="b"}', '  errors  ');
    rememberQuery('logs', '{a="b"}', 9);
    expect(readQueries()).toEqual([{ signal: 'logs', query: '{a="b"}', atMs: 9, isSaved: true, name: 'errors' }]);
    unsaveQuery(readQueries()[0]!);
    expect(readQueries()[0]).toMatchObject({ isSaved: false, name: '' });
    removeQuery(readQueries()[0]!);
    expect(readQueries()).toEqual([]);
  });

  it('are bounded', () => {
    writeQueries(Array.from({ length: MOST_SAVED + 5 }, (_, i) => ({ signal: 'metrics' as const, query: `q${i}`, atMs: 0, isSaved: true, name: '' })));
    expect(readQueries()).toHaveLength(MOST_SAVED);
  });

  it('are found by words of their text and name', () => {
    saveQuery('metrics', 'rate(http_requests_total[5m])', 'Shop traffic');
    rememberQuery('metrics', 'up');
    const found = (text: string, savedOnly = false) => findQueries(readQueries(), 'metrics', text, savedOnly).map(({ query }) => query);
    expect(found('HTTP shop')).toEqual(['rate(http_requests_total[5m])']);
    expect(found('', true)).toEqual(['rate(http_requests_total[5m])']);
    expect(found('nothing')).toEqual([]);
    expect(findQueries(readQueries(), 'logs', '', false)).toEqual([]);
  });
});

describe('what stands in the storage', () => {
  it.each(['nonsense', '{}', '[1,null,{"query":5}]', '[{"signal":"x","query":"a","atMs":0,"isSaved":false,"name":""}]'])('is no history where it is %s', (text) => {
    kept.set('triptych.queries', text);
    expect(readQueries()).toEqual([]);
    rememberQuery('metrics', 'up');
    expect(texts()).toEqual(['up']);
  });

  it('is not needed', () => {
    vi.stubGlobal('localStorage', { getItem: () => { throw new Error('denied'); }, setItem: () => { throw new Error('denied'); } });
    expect(() => rememberQuery('metrics', 'up')).not.toThrow();
    expect(readQueries()).toEqual([]);
  });
});
