// @vitest-environment jsdom
import { cleanup, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { afterEach, describe, expect, it } from 'vitest';
import { renderPage } from '../../testing/renderPage';
import LogsBuilder from './LogsBuilder';

afterEach(cleanup);

function show(start: string) {
  function Page() {
    const [query, setQuery] = useState(start);
    return (
      <>
        <output aria-label="query">{query}</output>
        <LogsBuilder query={query} startMs={0} endMs={3_600_000} fields={['status']} onQuery={setQuery} />
      </>
    );
  }
  renderPage(Page, '/explore/logs', '/explore/logs', (path) => {
    if (path === '/loki/api/v1/labels') return { status: 'success', data: ['app', '__internal'] };
    if (path === '/loki/api/v1/label/app/values') return { status: 'success', data: ['shop'] };
    return undefined;
  });
}

const query = () => screen.getByLabelText('query').textContent;

describe('the builder of logs', () => {
  it('goes from streams over filters to a rate', async () => {
    show('');
    await userEvent.click(await screen.findByRole('button', { name: 'Label' }));
    await userEvent.click(screen.getByRole('combobox', { name: 'Label' }));
    await userEvent.click(await screen.findByRole('option', { name: 'app' }));
    await userEvent.click(screen.getByRole('combobox', { name: 'Value of app' }));
    await userEvent.click(await screen.findByRole('option', { name: 'shop' }));
    await waitFor(() => expect(query()).toBe('{app="shop"}'));

    await userEvent.click(screen.getByRole('button', { name: 'Parser' }));
    expect(query()).toBe('{app="shop"} | json');
    // A text comes before the parser, and is in the query when it is whole.
    await userEvent.click(screen.getByRole('button', { name: 'Text' }));
    expect(query()).toBe('{app="shop"} | json');
    await userEvent.type(screen.getByRole('combobox', { name: 'Text' }), 'say "hi"{Enter}');
    await waitFor(() => expect(query()).toBe('{app="shop"} |= "say \\"hi\\"" | json'));

    await userEvent.selectOptions(screen.getByLabelText('What is shown'), 'rate');
    await userEvent.selectOptions(screen.getByLabelText('Put together'), 'sum');
    expect(query()).toBe('sum(rate({app="shop"} |= "say \\"hi\\"" | json [1m]))');
  });

  it('takes steps out again', async () => {
    show('{app="shop"} |= "a" | json | status="500"');
    await userEvent.click((await screen.findAllByLabelText('Remove this step'))[1]!);
    expect(query()).toBe('{app="shop"} |= "a" | status="500"');
  });

  it('leaves a query beyond it alone until it starts over', async () => {
    show('{app="shop"} | line_format "x"');
    await userEvent.click(await screen.findByRole('button', { name: 'Start over with the builder' }));
    expect(query()).toBe('');
  });
});
