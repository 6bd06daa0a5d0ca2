// @vitest-environment jsdom
import { cleanup, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { renderInTheme } from '../../testing/render';
import type { LogRow } from '../query/lokiAnswer';
import { LogDetails } from './LogDetails';

vi.mock('../links/RowLinks', () => ({ RowLinks: () => null }));

afterEach(cleanup);

const ROW: LogRow = { unixNanos: '1', timestampMs: 0, line: '{"app":"inner","path":"","user":null,"tags":["a"],"n":1}', stream: { app: 'coll' }, metadata: {}, parsed: {}, level: 'info' };

describe('the details of a line', () => {
  it('offer only filters that find the line, by the names that LogQL has for its fields', async () => {
    const filter = vi.fn();
    renderInTheme(<LogDetails row={ROW} traceId={null} actions={{ filter, filterLine: () => undefined, showContext: () => undefined }} onGrow={() => undefined} />);
    expect(screen.getByText('["a"]')).toBeTruthy();
    const buttons = screen.getAllByRole('button', { name: /^Filter/ });
    expect(buttons.map((button) => button.getAttribute('aria-label'))).toEqual([
      'Filter for app_extracted',
      'Filter out app_extracted',
      'Filter for n',
      'Filter out n',
      'Filter for app',
      'Filter out app',
    ]);
    await userEvent.click(buttons[0]!);
    expect(filter.mock.calls).toEqual([['json', 'app_extracted', 'inner', true]]);
  });
});
