// @vitest-environment jsdom
import { cleanup, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it } from 'vitest';
import { renderPage } from '../../testing/renderPage';
import { ExploreFrame } from '../ExploreFrame';

afterEach(cleanup);

const show = (address: string) => renderPage(ExploreFrame, '/explore/logs', address, () => undefined).router;
const search = (router: ReturnType<typeof show>) => router.state.location.search as Record<string, unknown>;

describe('two panes', () => {
  it('show a trace beside the lines, with times of their own on demand', async () => {
    const router = show('/explore/logs?q={a="b"}&right=trace&r.id=abcdef0123456789&from=now-3h&to=now');
    await screen.findByLabelText('Right pane');
    expect(await screen.findByText(/abcdef0123456789/)).toBeTruthy();
    await userEvent.click(screen.getByLabelText('Same time range as the left pane'));
    await waitFor(() => expect(search(router)).toMatchObject({ 'r.from': 'now-3h', 'r.to': 'now' }));
    expect(screen.getByLabelText('Right pane').querySelector('[aria-label^="Time range"]')).not.toBeNull();
    await userEvent.click(screen.getByLabelText('Same time range as the left pane'));
    await waitFor(() => expect(search(router)['r.from']).toBeUndefined());
  });

  it('become one again, which keeps its query and times', async () => {
    const router = show('/explore/logs?q={a="b"}&right=trace&r.id=abcdef0123456789&from=now-3h&to=now');
    await userEvent.click(await screen.findByLabelText('Close the right pane'));
    await waitFor(() => expect(screen.queryByLabelText('Right pane')).toBeNull());
    expect(search(router)).toEqual({ q: '{a="b"}', from: 'now-3h', to: 'now' });
  });

  it('begin with the query of the one there is', async () => {
    const router = show('/explore/logs?q={a="b"}');
    await userEvent.click(await screen.findByRole('button', { name: 'Split' }));
    await waitFor(() => expect(search(router)).toMatchObject({ q: '{a="b"}', right: 'logs', 'r.q': '{a="b"}' }));
  });
});
