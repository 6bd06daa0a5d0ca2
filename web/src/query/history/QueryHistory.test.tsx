// @vitest-environment jsdom
import { Notifications } from '@mantine/notifications';
import { cleanup, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { renderInTheme } from '../../testing/render';
import QueryHistory from './QueryHistory';
import { readQueries, rememberQuery } from './queryStore';

beforeEach(() => {
  localStorage.clear();
  rememberQuery('logs', '{app="a"} |= "error"', 1);
  rememberQuery('logs', '{app="b"}', 2);
  rememberQuery('metrics', 'up', 3);
});
afterEach(cleanup);

const show = (onRun = vi.fn()) => {
  renderInTheme(
    <>
      <Notifications />
      <QueryHistory signal="logs" query='{app="new"}' onRun={onRun} />
    </>,
  );
  return onRun;
};
const rows = () => screen.queryAllByRole('listitem').map((row) => within(row).getByTitle('Run it again').textContent);

describe('the queries run before', () => {
  it('are those of the signal, found by their words, and run by a click', async () => {
    const onRun = show();
    expect(rows()).toEqual(['{app="b"}', '{app="a"} |= "error"']);
    await userEvent.type(screen.getByLabelText('Find a query'), 'ERROR');
    expect(rows()).toEqual(['{app="a"} |= "error"']);
    await userEvent.click(screen.getByTitle('Run it again'));
    expect(onRun).toHaveBeenCalledWith('{app="a"} |= "error"');
  });

  it('can be saved under a name and found by it', async () => {
    show();
    await userEvent.click(screen.getAllByLabelText('Name it')[1]!);
    await userEvent.type(screen.getByLabelText('Name of the query'), 'What fails{Enter}');
    await userEvent.click(screen.getByRole('radio', { name: 'Saved' }));
    expect(rows()).toEqual(['{app="a"} |= "error"']);
    expect(screen.getByText('What fails')).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: 'Save this query' }));
    expect(rows()).toEqual(['{app="new"}', '{app="a"} |= "error"']);
  });

  it('come back after being forgotten', async () => {
    show();
    await userEvent.click(screen.getByRole('button', { name: 'Forget all that are not saved' }));
    expect(rows()).toEqual([]);
    expect(readQueries().map(({ query }) => query)).toEqual(['up']);
    await userEvent.click(await screen.findByRole('button', { name: 'Undo' }));
    expect(rows()).toEqual(['{app="b"}', '{app="a"} |= "error"']);
  });
});
