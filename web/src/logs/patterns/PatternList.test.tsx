// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { renderInTheme } from '../../testing/render';
import { PatternList } from './PatternList';

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

describe('the list of patterns', () => {
  it('filters by those that tell lines apart', async () => {
    const data = ['', '<_>', 'took <_> ms'].map((pattern) => ({ pattern, level: 'info', samples: [[0, 3]] }));
    vi.stubGlobal('fetch', () => Promise.resolve(new Response(JSON.stringify({ status: 'success', data }))));
    const onFilter = vi.fn();
    renderInTheme(
      <QueryClientProvider client={new QueryClient()}>
        <PatternList selector={'{app="a"}'} startMs={0} endMs={60_000} tick={0} onFilter={onFilter} />
      </QueryClientProvider>,
    );
    await userEvent.click(await screen.findByLabelText('Only lines like took <_> ms'));
    await userEvent.click(screen.getByLabelText('Without lines like took <_> ms'));
    expect(onFilter.mock.calls).toEqual([['took <_> ms', true], ['took <_> ms', false]]);
    expect(screen.getAllByRole('listitem')).toHaveLength(3);
    expect(screen.getAllByRole('button')).toHaveLength(2);
  });
});
