// @vitest-environment jsdom
import { cleanup, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { renderInTheme } from '../../testing/render';
import type { LogRow } from '../query/lokiAnswer';
import { FieldPanel } from './FieldPanel';

afterEach(cleanup);

const ROWS = ['200', '200', '500'].map((status): LogRow => ({ unixNanos: '1', timestampMs: 0, line: JSON.stringify({ res: { status } }), stream: { app: 'a' }, metadata: {}, parsed: {}, level: 'info' }));

describe('the fields of the lines', () => {
  it('show their values with shares, and filter by a click', async () => {
    const onFilter = vi.fn();
    renderInTheme(<FieldPanel rows={ROWS} version={1} onFilter={onFilter} />);
    expect(screen.getByText('In the lines (JSON)')).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: /res\.status/ }));
    expect(screen.getByTitle('2 of 3 lines').textContent).toMatch(/^67/);
    await userEvent.click(screen.getByLabelText('Only lines with res_status = 500'));
    await userEvent.click(screen.getByLabelText('Without lines with res_status = 200'));
    expect(onFilter.mock.calls).toEqual([['json', 'res_status', '500', true], ['json', 'res_status', '200', false]]);
  });

  it('are found by name', async () => {
    renderInTheme(<FieldPanel rows={ROWS} version={1} onFilter={() => undefined} />);
    await userEvent.type(screen.getByLabelText('Find a field'), 'nothing');
    expect(screen.getByText(/No field is called/)).toBeTruthy();
  });

  it('offer no filter that would find other lines than were counted', async () => {
    const onFilter = vi.fn();
    const lines = ['{"app":"inner","path":"","user":null,"tags":["a"]}', '{"app":"inner"}'];
    renderInTheme(<FieldPanel rows={lines.map((line) => ({ ...ROWS[0]!, line }))} version={1} onFilter={onFilter} />);
    for (const field of screen.getAllByRole('button')) await userEvent.click(field);
    expect(screen.getByTitle('["a"]')).toBeTruthy();
    expect(screen.getAllByLabelText(/^(Only|Without) lines/).map((button) => button.getAttribute('aria-label'))).toEqual([
      'Only lines with app = a',
      'Without lines with app = a',
      'Only lines with app_extracted = inner',
      'Without lines with app_extracted = inner',
    ]);
    await userEvent.click(screen.getByLabelText('Only lines with app_extracted = inner'));
    expect(onFilter.mock.calls).toEqual([['json', 'app_extracted', 'inner', true]]);
  });
});
