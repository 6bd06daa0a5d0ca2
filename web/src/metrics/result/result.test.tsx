// @vitest-environment jsdom
import { cleanup, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '../../api/http';
import { frameOf } from '../../charts/frame';
import { renderInTheme } from '../../testing/render';
import { Legend } from './Legend';
import { QueryFailure } from '../../query/QueryFailure';

afterEach(cleanup);

describe('QueryFailure', () => {
  it('shows the message and marks the place in the query', () => {
    renderInTheme(<QueryFailure error={new ApiError('1:5: unknown function', 400, 'bad_data', { line: 1, column: 5 })} expression="sum(foo(x))" onRetry={() => undefined} />);
    expect(screen.getByRole('alert').textContent).toContain('unknown function');
    expect(document.querySelector('pre')!.textContent).toBe('sum(foo(x))\n    ^');
    expect(screen.queryByRole('button')).toBeNull();
  });

  it('offers to try again what may pass', async () => {
    const retry = vi.fn();
    renderInTheme(<QueryFailure error={new ApiError('timed out', 503, 'timeout')} expression="x" onRetry={retry} />);
    expect(screen.getByRole('alert').textContent).toContain('shorter time range');
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(retry).toHaveBeenCalledOnce();
  });
});

describe('Legend', () => {
  // The virtual list asks for the size of its window, which jsdom has not.
  beforeEach(() => {
    vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(224);
    vi.spyOn(Element.prototype, 'clientWidth', 'get').mockReturnValue(600);
  });
  afterEach(() => vi.restoreAllMocks());

  const frame = frameOf(
    ['a', 'b', 'c'].map((job, i) => ({ metric: { job }, values: [[0, String(i)]] as [number, string][] })),
    0,
    0,
    10,
  );
  const show = (isolated: ReadonlySet<string> | null, onIsolate = vi.fn()) => {
    renderInTheme(<Legend frame={frame} colours={['#111', '#222', '#333']} unit="none" isolated={isolated} onIsolate={onIsolate} onHighlight={() => undefined} />);
    return onIsolate;
  };
  const row = (job: string) => screen.getByTitle(`{job="${job}"}`);
  const key = (job: string) => frame.series.find((s) => s.labels['job'] === job)!.key;

  it('lists the largest first, and sorts by a column that is clicked', async () => {
    show(null);
    const names = () => screen.getAllByTitle(/job=/).map((one) => one.title);
    expect(names()).toEqual(['{job="c"}', '{job="b"}', '{job="a"}']);
    await userEvent.click(screen.getByRole('button', { name: 'Sort by series' }));
    expect(names()).toEqual(['{job="a"}', '{job="b"}', '{job="c"}']);
  });

  it('shows one series alone by a click, and all again by a second', async () => {
    const first = show(null);
    await userEvent.click(row('b'));
    expect(first).toHaveBeenCalledWith(new Set([key('b')]));
    cleanup();
    const second = show(new Set([key('b')]));
    await userEvent.click(row('b'));
    expect(second).toHaveBeenCalledWith(null);
  });

  it('adds a series with the control key', async () => {
    const onIsolate = show(new Set([key('b')]));
    const user = userEvent.setup();
    await user.keyboard('{Control>}');
    await user.click(row('c'));
    await user.keyboard('{/Control}');
    expect(onIsolate).toHaveBeenCalledWith(new Set([key('b'), key('c')]));
  });
});
