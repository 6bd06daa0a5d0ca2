// Dashboards: in by Grafana's API, by paste and from files; shown with data; edited, saved, there after kill -9; out as they went in.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Browser } from './harness/browser.mjs';
import { newFolder } from './harness/processes.mjs';
import { Server } from './harness/server.mjs';
import { promQuery } from './harness/ask.mjs';
import { waitFor } from './harness/wait.mjs';

const provisioned = newFolder('provisioned');
mkdirSync(join(provisioned, 'boards'), { recursive: true });
writeFileSync(join(provisioned, 'all.yaml'), JSON.stringify({ apiVersion: 1, providers: [{ name: 'files', folder: 'From files', type: 'file', options: { path: 'boards' } }] }));
writeFileSync(join(provisioned, 'boards/own.json'), JSON.stringify({ uid: 'own', title: 'Of a file', panels: [{ id: 1, type: 'text', title: 'Words', gridPos: { x: 0, y: 0, w: 24, h: 4 }, options: { mode: 'markdown', content: '# Hello file' } }] }));

const server = await Server.create('dashboards', { dashboards: { provisioning_dir: provisioned } });
before(() => server.start(), { timeout: 60_000 });
after(() => server.kill());

const UID = 'end-to-end';
const dashboard = {
  uid: UID,
  title: 'End to end',
  tags: ['test'],
  schemaVersion: 41,
  refresh: '',
  unknown: { kept: [1, { deep: 'yes' }] },
  templating: { list: [{ name: 'job', type: 'query', query: 'label_values(up, job)', datasource: { type: 'prometheus', uid: 'x' }, current: {}, refresh: 1, sort: 1 }] },
  panels: [
    { id: 1, type: 'stat', title: 'Targets of $job', gridPos: { x: 0, y: 0, w: 6, h: 6 }, datasource: { type: 'prometheus', uid: 'x' }, targets: [{ refId: 'A', expr: 'count(up{job="$job"}) + 41', instant: true }], fieldConfig: { defaults: { unit: 'suffix:answers' }, overrides: [] }, options: { reduceOptions: { calcs: ['lastNotNull'] } } },
    { id: 2, type: 'timeseries', title: 'Over time', gridPos: { x: 6, y: 0, w: 12, h: 6 }, datasource: { type: 'prometheus', uid: 'x' }, targets: [{ refId: 'A', expr: 'up', legendFormat: 'up of {{job}}' }] },
    { id: 3, type: 'geomap', title: 'Map', gridPos: { x: 18, y: 0, w: 6, h: 6 } },
    { id: 4, type: 'timeseries', title: 'Wrong', gridPos: { x: 0, y: 6, w: 12, h: 6 }, datasource: { type: 'prometheus', uid: 'x' }, targets: [{ refId: 'A', expr: 'sum(nonsense(' }] },
  ],
};

const api = async (method, path, body) => {
  const response = await fetch(`${server.url('ui')}/grafana/api${path}`, { method, headers: { 'Content-Type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  return { status: response.status, body: await response.json() };
};

describe('dashboards', { timeout: 180_000 }, () => {
  let browser;
  let page;
  before(async () => {
    await waitFor('the first sample of up', 60, async () => (await promQuery(server, 'up')).length > 0);
    browser = await Browser.open(server.url('ui'));
    page = browser.page;
  });
  after(() => browser?.close());
  const panel = (name) => page.locator(`section[aria-label="${name}"]`);

  it('come in by the address that Grafana\'s tools call', async () => {
    const saved = await api('POST', '/dashboards/db', { dashboard, message: 'first', overwrite: false });
    assert.equal(saved.status, 200);
    assert.equal(saved.body.version, 1);
    const { body } = await api('GET', `/dashboards/uid/${UID}`);
    assert.deepEqual(body.dashboard, { ...dashboard, id: null, version: 1 });
  });

  it('are listed with those of files', async () => {
    await page.goto('/dashboards');
    await page.getByRole('link', { name: 'End to end' }).waitFor();
    await page.getByRole('link', { name: 'Of a file' }).click();
    await page.getByRole('heading', { name: 'Hello file' }).waitFor();
    await page.getByText('from a file').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Edit' }).count(), 0);
  });

  it('that the program brings show data', async () => {
    await page.goto('/dashboards/triptych-host?refresh=5s');
    await page.getByText('ready-made').waitFor();
    await panel('Memory used').getByText('%').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Edit' }).count(), 0);
    await browser.picture('dashboard-host');
  });

  it('show data, errors where they arose, and what is not supported by name', async () => {
    // What has just come is seen with the next refresh.
    await page.goto(`/dashboards/${UID}?from=now-15m&to=now&refresh=5s`);
    await panel('Targets of node').or(panel('Targets of triptych')).getByText('answers').waitFor();
    await page.getByText('up of triptych').waitFor();
    await panel('Map').getByText('“geomap”').waitFor();
    await panel('Wrong').getByRole('alert').waitFor();
    await browser.picture('dashboard');
  });

  it('follow their variables, which stand in the address', async () => {
    await page.getByRole('button', { name: /^job: / }).click();
    await page.getByRole('option', { name: 'triptych' }).click();
    await panel('Targets of triptych').getByText('42').waitFor();
    assert.match(page.url(), /var-job=triptych/);
  });

  it('are edited in place and saved as a new version, whatever else they hold', async () => {
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByRole('button', { name: 'Add' }).click();
    await page.getByRole('menuitem', { name: 'Stat', exact: true }).click();
    await panel('New panel').waitFor();
    await page.reload();
    // What is not saved survives a reload.
    await panel('New panel').waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByLabel('What did you change?').fill('one more');
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await waitFor('the second version', 20, async () => (await api('GET', `/dashboards/uid/${UID}`)).body.meta.version === 2);
    const { body } = await api('GET', `/dashboards/uid/${UID}`);
    assert.deepEqual(body.dashboard.unknown, dashboard.unknown);
    assert.deepEqual(body.dashboard.panels.slice(0, 4), dashboard.panels);
    assert.equal(body.dashboard.panels[4].type, 'stat');
    const versions = await api('GET', `/dashboards/uid/${UID}/versions`);
    assert.deepEqual(versions.body.versions.map((one) => one.message), ['one more', 'first']);
  });

  it('are refused where somebody else was faster', async () => {
    const late = await api('POST', '/dashboards/db', { dashboard: { ...dashboard, version: 1 } });
    assert.equal(late.status, 412);
  });

  it('have variables that are made in place', async () => {
    await page.goto(`/dashboards/${UID}?edit=1`);
    await page.getByRole('button', { name: 'Settings' }).click();
    const settings = page.getByRole('dialog', { name: 'Settings of the dashboard' });
    await settings.getByText('Variables').click();
    await settings.getByRole('button', { name: 'Add a variable' }).click();
    await settings.getByLabel('Kind').selectOption('custom');
    await settings.getByLabel('Name').fill('size');
    await settings.getByLabel('Name').press('Enter');
    await settings.getByLabel('Values, with commas between').fill('small, large : 9');
    await settings.getByLabel('Values, with commas between').blur();
    await settings.getByText('2 values:').waitFor();
    await browser.picture('dashboard-settings');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /^size: / }).waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await waitFor('the version with the variable', 20, async () => (await api('GET', `/dashboards/uid/${UID}`)).body.dashboard.templating.list.length === 2);
    const { body } = await api('GET', `/dashboards/uid/${UID}`);
    assert.equal(body.dashboard.templating.list[1].query, 'small, large : 9');
    assert.deepEqual(body.dashboard.templating.list[0], dashboard.templating.list[0]);
    assert.deepEqual(body.dashboard.unknown, dashboard.unknown);
  });

  it('are there after kill -9', async () => {
    await server.kill();
    await server.start();
    const { body } = await api('GET', `/dashboards/uid/${UID}`);
    assert.equal(body.dashboard.panels.length, 5);
    // Beside those that the program brings.
    assert.equal((await api('GET', '/search?type=dash-db')).body.filter((one) => one.folderUid !== 'triptych').length, 2);
  });

  it('throw nothing on any page', () => assert.deepEqual(browser.failures, []));
});
