// @vitest-environment jsdom
import { cleanup, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { afterEach, describe, expect, it } from 'vitest';
import { renderPage } from '../../testing/renderPage';
import MetricsBuilder from './MetricsBuilder';

afterEach(cleanup);

function show(start: string) {
  const asked: string[] = [];
  function Page() {
    const [query, setQuery] = useState(start);
    return (
      <>
        <input aria-label="editor" value={query} onChange={(event) => setQuery(event.currentTarget.value)} />
        <MetricsBuilder query={query} startMs={0} endMs={3_600_000} onQuery={setQuery} />
      </>
    );
  }
  renderPage(Page, '/explore/metrics', '/explore/metrics', (path, params) => {
    asked.push(`${path} ${params.get('match[]') ?? ''}`.trim());
    if (path === '/api/v1/label/__name__/values') return { status: 'success', data: ['up', 'http_requests_total', 'http_duration_seconds_bucket'] };
    if (path === '/api/v1/metadata') return { status: 'success', data: {} };
    if (path === '/api/v1/labels') return { status: 'success', data: ['__name__', 'job', 'route'] };
    if (path === '/api/v1/label/job/values') return { status: 'success', data: ['a"b', 'c'] };
    return undefined;
  });
  return asked;
}

const editor = async () => (await screen.findByLabelText<HTMLInputElement>('editor')).value;

describe('the builder of metrics', () => {
  it('writes each choice into the query', async () => {
    show('up');
    await userEvent.selectOptions(await screen.findByLabelText('Over time'), 'max_over_time');
    expect(await editor()).toBe('max_over_time(up[5m])');
    await userEvent.selectOptions(screen.getByLabelText('Put together'), 'sum');
    expect(await editor()).toBe('sum(max_over_time(up[5m]))');
    await userEvent.selectOptions(screen.getByLabelText('Quantile of a histogram'), '0.99');
    expect(await editor()).toBe('histogram_quantile(0.99, sum(max_over_time(up[5m])))');
  });

  it.each([
    ['0.55', 'p55 of the histogram'],
    ['0.9999', 'p99.99 of the histogram'],
  ])('lists the quantile %s of the query as %s', async (quantile, shown) => {
    show(`histogram_quantile(${quantile}, rate(up[5m]))`);
    const list = await screen.findByLabelText<HTMLSelectElement>('Quantile of a histogram');
    expect(list.selectedOptions[0]?.textContent).toBe(shown);
  });

  it('offers labels and values that the metric has, keeps a filter that is not whole, and escapes', async () => {
    const asked = show('up');
    await userEvent.click(await screen.findByRole('button', { name: 'Filter' }));
    const label = screen.getByRole('combobox', { name: 'Label' });
    await userEvent.click(label);
    await userEvent.click(await screen.findByRole('option', { name: 'job' }));
    await userEvent.click(screen.getByRole('combobox', { name: 'Value of job' }));
    await userEvent.click(await screen.findByRole('option', { name: 'a"b' }));
    await waitFor(async () => expect(await editor()).toBe('up{job="a\\"b"}'));
    expect(asked).toContain('/api/v1/labels up');
    expect(asked).toContain('/api/v1/label/job/values up');
  });

  it('asks for a histogram as one usually wants it', async () => {
    show('');
    const metric = await screen.findByRole('combobox', { name: 'Metric' });
    await userEvent.type(metric, 'http_duration_seconds_bucket{Enter}');
    await waitFor(async () => expect(await editor()).toBe('histogram_quantile(0.95, sum by (le) (rate(http_duration_seconds_bucket[5m])))'));
  });

  it('follows the editor, says when the query is beyond it, and comes back', async () => {
    show('rate(x_total[1h])');
    expect(await screen.findByLabelText('Over time')).toHaveProperty('value', 'rate');
    const field = screen.getByLabelText('editor');
    await userEvent.type(field, ' > 1');
    expect(await screen.findByText(/says more than the builder can show/)).toBeTruthy();
    await userEvent.type(field, '{Backspace}{Backspace}{Backspace}{Backspace}');
    expect(await screen.findByLabelText('Over time')).toHaveProperty('value', 'rate');
    expect(await editor()).toBe('rate(x_total[1h])');
  });
});
