import { describe, expect, it } from 'vitest';
import type { DerivedField } from '../../api/uiSettings';
import { derivedLinks } from './derivedLinks';

const field = (more: Partial<DerivedField>): DerivedField => ({ name: 'order', matcherType: 'regex', matcherRegex: 'order=(\\w+)', url: '', internal: 'service', urlDisplayLabel: null, ...more });
const row = (line: string, more: { stream?: Record<string, string>; metadata?: Record<string, string>; parsed?: Record<string, string> } = {}) => ({ line, stream: {}, metadata: {}, parsed: {}, ...more });
const targets = (line: string, ...fields: DerivedField[]) => derivedLinks(row(line), fields).links.map(({ target }) => target);
const ID = 'b33521037bccb50a5dd5952ac4caf9c5';

describe('derivedLinks', () => {
  it('take the first group, or all that matches', () => {
    expect(derivedLinks(row('order=a7 paid'), [field({}), field({ matcherRegex: 'order=\\w+' })]).links.map(({ value }) => value)).toEqual(['a7', 'order=a7']);
  });

  it('are none where nothing matches, or nothing is left of it', () => expect(targets('paid', field({}), field({ matcherRegex: 'x*' }))).toEqual([]));

  it('find labels by their whole name, what the query parsed first', () => {
    const found = derivedLinks(row('', { stream: { order: 's', reorder: 'no' }, parsed: { order: 'p' } }), [field({ matcherType: 'label', matcherRegex: 'order' })]);
    expect(found.links.map(({ value }) => value)).toEqual(['p']);
  });

  it('lead to a trace only by what is an id', () => {
    expect(targets(`t=${ID}`, field({ matcherRegex: 't=(\\w+)', internal: 'trace' }))).toEqual([{ kind: 'trace', traceId: ID }]);
    expect(targets('t=none', field({ matcherRegex: 't=(\\w+)', internal: 'trace' }))).toEqual([]);
  });

  it('put the value into a query so that it stays one text', () => {
    expect(targets('user=a"b', field({ matcherRegex: 'user=(.+)', internal: 'logs', url: '{app="x"} |= "${__value.raw}"' }))).toEqual([{ kind: 'query', to: '/explore/logs', query: '{app="x"} |= "a\\"b"' }]);
  });

  it('put the value into an address escaped', () => {
    expect(targets('user=a/b&c', field({ matcherRegex: 'user=(.+)', internal: null, url: 'https://x.example/?u=${__value.raw}' }))).toEqual([{ kind: 'address', href: 'https://x.example/?u=a%2Fb%26c' }]);
  });

  it.each(['javascript:alert(1)', '//evil.example/', 'data:text/html,x', '${__value.raw}'])('never lead to %s', (url) => expect(targets('order=javascript:alert', field({ internal: null, url, matcherRegex: 'order=(.+)' }))).toEqual([]));

  it('say what they say', () => expect(derivedLinks(row('order=a7'), [field({ urlDisplayLabel: 'Open' })]).links[0]!.text).toBe('Open'));

  it('name an expression that is none, and go on', () => {
    const found = derivedLinks(row('order=a7'), [field({ name: 'bad', matcherRegex: '(' }), field({})]);
    expect(found.links).toHaveLength(1);
    expect(found.problems).toEqual([expect.stringContaining('Derived field bad: ')]);
  });
});
