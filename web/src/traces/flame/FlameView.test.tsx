// @vitest-environment jsdom
import { cleanup, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { renderInTheme } from '../../testing/render';
import { criticalPath } from '../model/criticalPath';
import { selfTimes } from '../model/selfTime';
import { traceOf } from '../model/testTrace';
import { buildTree } from '../model/tree';
import { timeAxis } from '../waterfall/timeAxis';
import { FlameView } from './FlameView';

afterEach(cleanup);

const colours = { service: ['#0c6ad8'], grid: '#eee', text: '#111', dimText: '#777', path: '#000', error: '#c00', surface: '#fff', accent: '#50b' };

describe('the flame graph', () => {
  it('tells in words what took longest by itself, and opens the longest span of a name', async () => {
    const trace = traceOf([['root', '', 0, 100], ['a', 'root', 0, 60, { name: 'query' }], ['b', 'root', 60, 90, { name: 'query', status: { code: 2 } }]]);
    const tree = buildTree(trace);
    const onSelect = vi.fn();
    renderInTheme(<FlameView shape={{ trace, tree, path: criticalPath(tree), selfNanos: selfTimes(tree), axis: timeAxis(trace, tree, false) }} colours={colours} onSelect={onSelect} />);
    const rows = screen.getAllByRole('row').slice(1).map((row) => row.textContent!.replace(/\u00a0/g, ' '));
    expect(rows).toEqual(['query shop90 µs 90 %90 µs2! 1', 'root shop10 µs 10 %100 µs10']);
    await userEvent.click(screen.getByRole('button', { name: 'query' }));
    expect(onSelect).toHaveBeenCalledWith(1);
    expect(screen.getByRole('img', { name: /^Flame graph of 3 spans/ })).toBeTruthy();
  });
});
