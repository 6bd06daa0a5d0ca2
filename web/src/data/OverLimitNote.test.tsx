// @vitest-environment jsdom
import { cleanup, screen } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';
import { renderInTheme } from '../testing/render';
import { OverLimitNote } from './OverLimitNote';

afterEach(cleanup);

test('A tenant beyond its limit of series reads how many there are and that nothing is lost', () => {
  renderInTheme(<OverLimitNote tenants={[{ limit: 150000, overflowSeries: 1234, overflowSamples: 98765 }]} />);
  const note = screen.getByRole('status').textContent.replaceAll(/(?<=\d)\s(?=\d)/g, '');
  expect(note).toContain('limit of 150000');
  expect(note).toContain('1234 further ones keep all their labels and samples (98765 since the start)');
});

test('Within the limit there is nothing to read', () => {
  renderInTheme(<OverLimitNote tenants={[]} />);
  expect(screen.queryByRole('status')).toBeNull();
});
