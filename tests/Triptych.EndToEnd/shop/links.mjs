// Services, their map, and the links between the signals, in the browser on the shop's data: each link is one click and keeps the time range.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Browser } from '../harness/browser.mjs';
import { waitFor } from '../harness/wait.mjs';

/** A field that only the configuration makes a link: the status in the gateway's lines. */
export const LINKS = {
  derived_fields: [{ name: 'answered', matcher_regex: '"status":"(\\d+)"', internal: 'logs', url: '{service_name="gateway"} |= `"status":"${__value.raw}"`' }],
};

const RANGE = { from: 'now-1h', to: 'now' };

/** `bought` gives an answer of the load that went through all three services. */
export function linksInTheBrowser(server, bought) {
  describe('services and links in the browser', { timeout: 240_000 }, () => {
    let browser;
    let page;
    const open = (path, parameters = {}) => page.goto(`${path}?${new URLSearchParams({ ...RANGE, ...parameters })}`);
    const panel = (name) => page.getByRole('region', { name, exact: true });
    const exemplars = () => page.getByRole('link', { name: /^Exemplar/ });
    const lines = () => page.getByRole('list', { name: /log lines$/ }).getByRole('listitem');
    const arrivedAt = async (path) => {
      await page.waitForURL(`**${path}?*`);
      const { searchParams } = new URL(page.url());
      assert.deepEqual([searchParams.get('from'), searchParams.get('to')], [RANGE.from, RANGE.to], `the time range at ${page.url()}`);
    };

    before(async () => {
      browser = await Browser.open(server.url('ui'));
      page = browser.page;
    });
    after(() => browser?.close());

    it('lists the services with what they do, and opens one by the keyboard', async () => {
      await open('/service');
      for (const name of ['gateway', 'orders', 'stock']) await page.getByRole('link', { name, exact: true }).waitFor();
      const figures = await page.getByRole('row').filter({ has: page.getByRole('link', { name: 'gateway', exact: true }) }).innerText();
      assert.match(figures, /\d\s\/s/, 'a rate');
      assert.match(figures, /\d\s%/, 'a share of errors');
      assert.match(figures, /\d\s(ms|s)\b/, 'a latency');
      await browser.picture('services');
      await page.getByRole('textbox', { name: 'Find a service' }).fill('gate');
      await waitFor('one row', 10, async () => (await page.getByRole('row').count()) === 2);
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await arrivedAt('/service/gateway');
    });

    it('shows a service whole', async () => {
      await open('/service/gateway');
      for (const name of ['POST /orders', 'GET /products']) await panel('Operations').getByRole('button', { name }).waitFor();
      await panel('Called by').getByRole('link', { name: 'user' }).waitFor();
      for (const name of ['orders', 'stock']) await panel('Calls').getByRole('link', { name, exact: true }).waitFor();
      await panel('Traces').getByRole('link').nth(1).waitFor();
      await panel('Logs').getByRole('link', { name: 'trace' }).first().waitFor();
      await panel('Metrics').getByRole('link', { name: /^http_server_request_duration_seconds_count$/ }).waitFor();
      for (const name of ['Rate', 'Errors', 'Latency']) await panel(name).locator('.uplot canvas').first().waitFor();
      await browser.picture('service');
    });

    it('shows the traces with errors of a service', async () => {
      await open('/service/orders', { traces: 'errors' });
      const link = panel('Traces').locator('a[data-row-link]').first();
      await link.click();
      await page.waitForURL('**/trace/*');
      await page.getByRole('treeitem', { name: /orders POST/ }).first().waitFor();
    });

    it('goes from an exemplar to its trace, to the lines of a span, back to the trace, and to the metrics of the service', async () => {
      await open('/service/gateway');
      await panel('Latency').getByRole('link', { name: /^Exemplar/ }).last().waitFor();
      const mark = panel('Latency').getByRole('link', { name: /^Exemplar/ }).last();
      const traceId = /\/trace\/([0-9a-f]{32})/.exec(await mark.getAttribute('href'))[1];
      // Marks may lie over one another: the one that is chosen is the one that is followed.
      await mark.focus();
      await page.keyboard.press('Enter');
      await arrivedAt(`/trace/${traceId}`);
      await page.getByRole('treeitem', { name: /gateway/ }).first().click();
      await page.getByRole('complementary', { name: 'Span' }).getByRole('link', { name: 'Logs of this span' }).click();
      await arrivedAt('/explore/logs');
      await lines().first().waitFor();
      await lines().first().getByTitle(`Open trace ${traceId}`).first().click();
      await arrivedAt(`/trace/${traceId}`);
      await page.getByRole('treeitem', { name: /gateway/ }).first().click();
      await page.getByRole('complementary', { name: 'Span' }).getByRole('link', { name: 'Metrics of this service' }).click();
      await arrivedAt('/service/gateway');
    });

    it('goes from a chart in Explore to a trace, and from the trace to a service', async () => {
      await open('/explore/metrics', { q: 'histogram_quantile(0.95, sum by (le) (rate(traces_spanmetrics_latency_bucket{service="orders", span_kind="SPAN_KIND_SERVER"}[5m])))' });
      await exemplars().first().waitFor();
      await browser.picture('exemplars');
      await exemplars().first().focus();
      await page.keyboard.press('Enter');
      await page.waitForURL('**/trace/*');
      await page.getByRole('link', { name: 'orders', exact: true }).click();
      await arrivedAt('/service/orders');
    });

    it('goes from a line to the metrics of its service, and where the configuration says', async () => {
      const { traceId, status } = bought();
      await open('/explore/logs', { q: `{service_name="gateway"} |= "${traceId}"` });
      await lines().first().getByText('request served').first().click();
      await page.getByRole('link', { name: `answered: ${status}` }).click();
      await arrivedAt('/explore/logs');
      assert.equal(new URL(page.url()).searchParams.get('q'), `{service_name="gateway"} |= \`"status":"${status}"\``);
      await lines().nth(1).waitFor();
      await page.goBack();
      await lines().first().getByText('request served').first().click();
      await page.getByRole('link', { name: 'Metrics of gateway' }).click();
      await arrivedAt('/service/gateway');
    });

    it('draws the map, tells of a call, and leads to a service, its traces and its lines', async () => {
      await open('/service-map');
      const node = (name) => page.locator(`.react-flow__node[data-id="${name}"]`);
      for (const name of ['user', 'gateway', 'orders', 'stock', 'postgres']) await node(name).waitFor();
      await page.locator('.react-flow__edge[data-id^="gateway"]').first().dispatchEvent('mouseover');
      await page.getByRole('tooltip').getByText('p95 at the caller').waitFor();
      await browser.picture('map');

      const places = () => page.locator('.react-flow__node').evaluateAll((all) => Object.fromEntries(all.map((one) => [one.dataset.id, one.style.transform])));
      const placesBefore = await places();
      const answered = page.waitForResponse((response) => response.url().includes('/api/v1/query'));
      await page.getByRole('button', { name: /^Refresh/ }).first().click();
      await answered;
      assert.deepEqual(await places(), placesBefore, 'a refresh moves nothing');

      await node('orders').click();
      const chosen = page.getByRole('complementary', { name: 'Chosen: orders' });
      await chosen.getByRole('button', { name: 'gateway' }).waitFor();
      await page.getByText('Neighbours', { exact: true }).click();
      await node('user').waitFor({ state: 'detached' });
      for (const [name, path] of [['Rate, errors, latency', '/service/orders'], ['Traces', '/explore/traces'], ['Logs', '/explore/logs']]) {
        await chosen.getByRole('link', { name, exact: true }).click();
        await arrivedAt(path);
        await page.goBack();
        await chosen.waitFor();
      }
    });

    it('has the map as a table', async () => {
      await open('/service-map', { view: 'table' });
      await page.getByRole('row', { name: /^gateway orders / }).waitFor();
      await page.getByRole('row', { name: /^stock postgres database / }).waitFor();
      await browser.picture('map-table');
    });

    it('shows a trace as a flame graph, as its services, and beside another one', async () => {
      const { traceId } = bought();
      await open(`/trace/${traceId}`);
      const as = (name) => page.getByRole('radiogroup', { name: 'The trace as' }).getByText(name, { exact: true }).click();
      await as('Flame graph');
      await page.getByRole('img', { name: /^Flame graph of/ }).waitFor();
      await browser.picture('flame');
      await page.getByRole('row', { name: /^pg.query/ }).first().getByRole('button').click();
      await page.getByRole('complementary', { name: 'Span' }).getByText('stock · client').waitFor();
      await as('Services');
      for (const name of ['gateway', 'orders', 'stock']) await page.locator(`.react-flow__node[data-id="${name}"]`).waitFor();
      await browser.picture('trace-services');
      await as('Compare');
      await page.locator('li button', { hasText: 'spans' }).first().click();
      await page.getByRole('columnheader', { name: 'Difference' }).waitFor();
      await page.getByRole('row', { name: /POST \/orders gateway/ }).first().waitFor();
      await browser.picture('compare');
    });

    it('draws how long spans took over time, and leads from there to their traces', async () => {
      await open('/explore/traces', { plot: 'heat' });
      const map = page.getByRole('img', { name: /^Durations of \d/ });
      await map.waitFor();
      await browser.picture('heat');
      /** The middle of the darkest cell, in pixels of the page. */
      const darkest = () =>
        map.locator('canvas').evaluate((canvas) => {
          const { width, height } = canvas;
          const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
          let best = -1;
          for (let at = 3; at < data.length; at += 4) if (data[at] > 0 && (best === -1 || data[at] > data[best])) best = at;
          if (best === -1) return null;
          const pixel = (best - 3) / 4;
          const scale = canvas.getBoundingClientRect().width / width;
          return { x: ((pixel % width) + 1) * scale, y: (Math.floor(pixel / width) + 1) * scale };
        });
      await map.click({ position: await waitFor('cells', 10, darkest) });
      await page.waitForURL('**/explore/traces?*duration*');
      assert.match(new URL(page.url()).searchParams.get('q'), /^\{ duration > \d+us && duration <= \d+us \}$/);
      await page.getByRole('table', { name: 'Traces' }).getByRole('link', { name: /^[0-9a-f]{8}$/ }).first().waitFor();
    });

    it('throws nothing on any page', () => assert.deepEqual(browser.failures, []));
  });
}
