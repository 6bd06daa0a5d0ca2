// @vitest-environment jsdom
import { cleanup, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { afterEach, describe, expect, it } from 'vitest';
import { renderPage } from '../../testing/renderPage';
import { AttributeFields } from './AttributeFields';
import { EMPTY_BUILDER, readTraceQL, writeTraceQL } from './builder';

afterEach(cleanup);

function show(start: string) {
  function Page() {
    const [query, setQuery] = useState(start);
    const builder = readTraceQL(query) ?? EMPTY_BUILDER;
    return (
      <>
        <output aria-label="query">{query}</output>
        <AttributeFields attributes={builder.attributes} startMs={0} endMs={3_600_000} onChange={(attributes) => setQuery(writeTraceQL({ ...builder, attributes }))} />
      </>
    );
  }
  renderPage(Page, '/explore/traces', '/explore/traces', (path) => {
    if (path === '/api/v2/search/tags') return { scopes: [{ name: 'span', tags: ['http.route', 'version'] }, { name: 'intrinsic', tags: ['duration'] }] };
    if (path === '/api/v2/search/tag/span.version/values') return { tagValues: [{ type: 'string', value: '2' }] };
    return undefined;
  });
}

const query = () => screen.getByLabelText('query').textContent;

describe('conditions on attributes', () => {
  it('come into the query when they are whole, a text that looks like a number as a text', async () => {
    show('{ }');
    await userEvent.click(await screen.findByRole('button', { name: 'Attribute' }));
    await userEvent.click(screen.getByRole('combobox', { name: 'Attribute' }));
    await screen.findByRole('option', { name: 'span.http.route' });
    expect(screen.queryByRole('option', { name: 'duration' })).toBeNull();
    await userEvent.click(screen.getByRole('option', { name: 'span.version' }));
    expect(query()).toBe('{ }');
    await userEvent.click(screen.getByRole('combobox', { name: 'Value of span.version' }));
    await userEvent.click(await screen.findByRole('option', { name: '2' }));
    await waitFor(() => expect(query()).toBe('{ span.version = "2" }'));
  });

  it('compare numbers as numbers, and go', async () => {
    show('{ span.http.status_code >= 500 }');
    const value = await screen.findByRole('combobox', { name: 'Value of span.http.status_code' });
    await userEvent.clear(value);
    await userEvent.type(value, '404{Enter}');
    await waitFor(() => expect(query()).toBe('{ span.http.status_code >= 404 }'));
    await userEvent.selectOptions(screen.getByLabelText('Comparison of span.http.status_code'), '=~');
    expect(query()).toBe('{ span.http.status_code =~ "404" }');
    await userEvent.click(screen.getByLabelText('Remove the condition on span.http.status_code'));
    expect(query()).toBe('{ }');
  });
});
