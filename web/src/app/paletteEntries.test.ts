import { describe, expect, it } from 'vitest';
import { paletteEntries, traceIdIn } from './paletteEntries';

const ID = '4bf92f3577b34da6a3ce929d0e0e4736';

describe('traceIdIn', () => {
  it.each([
    [ID, ID],
    ['4bf92f35-77b3-4da6-a3ce-929d0e0e4736', ID],
    [`00-${ID}-00f067aa0ba902b7-01`, ID],
    ['a3ce929d0e0e4736', 'a3ce929d0e0e4736'],
    ['a3ce929d', null],
    ['0'.repeat(32), null],
    ['not a trace id at all', null],
  ])('finds in %s %s', (text, id) => expect(traceIdIn(text)).toBe(id));
});

describe('paletteEntries', () => {
  it('offers every place before anything is typed', () => expect(paletteEntries('').length).toBeGreaterThanOrEqual(5));
  it('finds a place by the beginnings of its words, in any order', () => expect(paletteEntries('log exp')).toMatchObject([{ kind: 'place', place: { to: '/explore/logs' } }]));
  it('offers a trace id first', () => expect(paletteEntries(` ${ID.toUpperCase()} `)[0]).toEqual({ kind: 'trace', traceId: ID }));
  it('finds dashboards by the beginnings of their words, once something is typed', () => {
    const known = [{ uid: 'n', title: 'Node Exporter Full' }, { uid: 'k', title: 'Kubernetes / Pods' }];
    expect(paletteEntries('full nod', known)).toEqual([{ kind: 'dashboard', dashboard: known[0] }]);
    expect(paletteEntries('', known).some((entry) => entry.kind === 'dashboard')).toBe(false);
  });
  it('finds nothing for nonsense', () => expect(paletteEntries('zzz')).toEqual([]));
});
