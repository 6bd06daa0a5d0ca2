// @vitest-environment jsdom
import { cleanup, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { renderPage } from '../../testing/renderPage';
import AddToDashboard from './AddToDashboard';

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const PANEL = { signal: 'logs', queries: ['{app="a"}'], type: 'logs' } as const;

/** A server with two dashboards, one of them from a file. */
function show(saves: { status: number; body: unknown }) {
  const saved: { dashboard: { title: string; panels: unknown[] }; folderUid?: string }[] = [];
  renderPage(() => <AddToDashboard panel={PANEL} />, '/explore/logs', '/explore/logs', () => undefined);
  vi.stubGlobal('fetch', (input: string, init?: RequestInit) => {
    if (input.startsWith('/grafana/api/search')) return Promise.resolve(Response.json([{ uid: 'u1', title: 'Shop', tags: [], folderTitle: 'Team' }, { uid: 'u2', title: 'From a file', tags: [], isProvisioned: true }]));
    if (input.startsWith('/grafana/api/dashboards/uid/u1')) return Promise.resolve(Response.json({ dashboard: { uid: 'u1', title: 'Shop', version: 4, panels: [{ id: 1, gridPos: { x: 0, y: 0, w: 24, h: 3 } }] }, meta: { version: 4, folderUid: 'f' } }));
    saved.push(JSON.parse(String(init?.body)) as (typeof saved)[number]);
    return Promise.resolve(new Response(JSON.stringify(saves.body), { status: saves.status }));
  });
  return saved;
}

describe('adding to a dashboard', () => {
  it('makes a new one with the panel, and leads there', async () => {
    const saved = show({ status: 200, body: { uid: 'new', version: 1 } });
    await userEvent.type(await screen.findByLabelText('Its title'), 'Mine');
    await userEvent.type(screen.getByLabelText('Title of the panel'), 'Lines');
    await userEvent.click(screen.getByRole('button', { name: 'Add' }));
    expect((await screen.findByRole('link', { name: 'Open the dashboard' })).getAttribute('href')).toBe('/dashboards/new');
    expect(saved).toMatchObject([{ dashboard: { title: 'Mine', panels: [{ title: 'Lines', type: 'logs', targets: [{ expr: '{app="a"}' }] }] } }]);
  });

  it('adds to one that is there, in its folder; those from files are not offered', async () => {
    const saved = show({ status: 200, body: { uid: 'u1', version: 5 } });
    await userEvent.click(await screen.findByRole('combobox', { name: 'Dashboard' }));
    await userEvent.click(await screen.findByRole('option', { name: 'Team / Shop' }));
    expect(screen.queryByRole('option', { name: 'From a file' })).toBeNull();
    await userEvent.click(screen.getByRole('button', { name: 'Add' }));
    await screen.findByRole('link', { name: 'Open the dashboard' });
    expect(saved).toMatchObject([{ folderUid: 'f', dashboard: { title: 'Shop', version: 4, panels: [{ id: 1 }, { id: 2, gridPos: { y: 3 } }] } }]);
  });

  it('says why not', async () => {
    show({ status: 412, body: { message: 'The dashboard has been changed by someone else' } });
    await userEvent.click(await screen.findByRole('button', { name: 'Add' }));
    expect(await screen.findByText(/Not added: The dashboard has been changed/)).toBeTruthy();
  });
});
