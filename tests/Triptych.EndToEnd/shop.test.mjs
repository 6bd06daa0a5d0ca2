// The main job: examples/shop runs under PM2 with nothing but the OpenTelemetry SDK's own variables, and every request it serves is found as
// metric, as log and as trace, by the APIs and in the browser, over each protocol and port that SDKs use.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { lokiLines, promQuery, tempoSearch, tempoSpans } from './harness/ask.mjs';
import { Browser } from './harness/browser.mjs';
import { freePorts } from './harness/processes.mjs';
import { Server } from './harness/server.mjs';
import { Shop } from './harness/shop.mjs';
import { waitFor } from './harness/wait.mjs';
import { LINKS, linksInTheBrowser } from './shop/links.mjs';

const COUNT = 60;
/** An SDK left alone speaks http/protobuf, to whatever port it is pointed at. */
const RUNS = [
  { name: 'grpc to the gRPC port', protocol: 'grpc', port: 'otlpGrpc', seed: 1 },
  { name: 'http/protobuf to the HTTP port', protocol: 'http/protobuf', port: 'otlpHttp', seed: 2 },
  { name: "the SDK's own protocol to the gRPC port", protocol: undefined, port: 'otlpGrpc', seed: 3 },
];

const server = await Server.create('shop');
const shop = new Shop(join(server.folder, 'shop'));
const shopPorts = await freePorts(RUNS.length * 3);
RUNS.forEach((run, i) => (run.ports = shopPorts.slice(i * 3, i * 3 + 3)));

before(async () => {
  server.configure({
    scrape_configs: [{ job_name: 'shop', scrape_interval: '1s', scrape_timeout: '1s', static_configs: [{ targets: RUNS.map((run) => `127.0.0.1:${run.ports[0]}`) }] }],
    tail: [{ pm2: shop.logFolder }],
    links: LINKS,
    metrics_generator: {
      registry: { collection_interval: '1s' },
      // Waiting for a place in the pool calls nobody.
      processor: { service_graphs: { filter_policies: [{ exclude: { attributes: [{ key: 'name', value: 'pg-pool.connect' }] } }] } },
    },
  });
  await server.start();
}, { timeout: 60_000 });

after(async () => {
  try {
    await shop.stop();
  } finally {
    await server.kill();
  }
}, { timeout: 60_000 });

/** How many answers had each status. */
function byStatus(answers) {
  const counts = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

function groupBy(items, keyOf) {
  const groups = new Map();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

/** The trace a line belongs to, as the server tells it: structured metadata. */
const traceOf = (entry) => entry.labels.trace_id;
/** Orders that the orders service has passed on to stock; it refuses the wrong ones itself. */
const isOrder = (answer) => answer.kind !== 'listing';
const reachesStock = (answer) => isOrder(answer) && answer.kind !== 'wrong';

for (const run of RUNS) {
  describe(`the shop over ${run.name}`, { timeout: 300_000 }, () => {
    let answers;
    const orders = () => answers.filter(isOrder);
    const lines = (query) => lokiLines(server, query, BigInt(Math.floor(run.beganMs)) * 1_000_000n, BigInt(Date.now() + 60_000) * 1_000_000n);

    before(async () => {
      run.beganMs = Date.now();
      await shop.start({ ports: run.ports, endpoint: server.url(run.port), protocol: run.protocol });
      answers = run.answers = await shop.load({ count: COUNT, seed: run.seed });
    });
    after(() => shop.stop());

    it('answers, and names the trace of each request', () => {
      assert.equal(answers.length, COUNT);
      for (const answer of answers) {
        assert.equal(answer.status, answer.expected, JSON.stringify(answer));
        assert.match(answer.traceId ?? '', /^[0-9a-f]{32}$/);
      }
      assert.equal(new Set(answers.map((answer) => answer.traceId)).size, COUNT);
    });

    it('has its requests as scraped metrics', async () => {
      const instance = `127.0.0.1:${run.ports[0]}`;
      const expected = byStatus(orders());
      await waitFor(`shop_requests_total of ${instance} to be ${JSON.stringify(expected)}`, 20, async () => {
        const found = await promQuery(server, `sum by (status) (shop_requests_total{job="shop", instance="${instance}", route="/orders"})`);
        const counts = Object.fromEntries(found.map(({ metric, value }) => [metric.status, Number(value[1])]));
        assert.deepEqual(counts, expected);
        return true;
      });
      const [up] = await promQuery(server, `up{job="shop", instance="${instance}"}`);
      assert.equal(up?.value[1], '1', 'up of the gateway');
      const [buckets] = await promQuery(server, `sum(shop_request_duration_seconds_bucket{instance="${instance}", route="/orders", le="+Inf"})`);
      assert.equal(Number(buckets.value[1]), orders().length);
    });

    it('has its requests as metrics over OTLP', async () => {
      const expected = byStatus(orders());
      for (const service of ['gateway', 'orders']) {
        await waitFor(`http_server_request_duration_seconds_count of ${service} to be ${JSON.stringify(expected)}`, 30, async () => {
          const seconds = Math.ceil((Date.now() - run.beganMs) / 1000);
          const found = await promQuery(server, `http_server_request_duration_seconds_count{job="${service}", http_route="/orders"}[${seconds}s]`);
          const counts = {};
          for (const { metric, values } of found) {
            const status = metric.http_response_status_code;
            counts[status] = (counts[status] ?? 0) + Number(values.at(-1)[1]);
          }
          assert.deepEqual(counts, expected);
          return true;
        });
      }
    });

    it('has one line of the gateway for each request, tailed from its file', async () => {
      const found = await waitFor(`${COUNT} lines of the gateway with the traces of the load`, 20, async () => {
        const byTrace = groupBy(await lines('{service_name="gateway"} |= "request served"'), traceOf);
        const missing = answers.filter((answer) => !byTrace.has(answer.traceId));
        if (missing.length > 0) throw new Error(`${missing.length} requests have no line, such as ${JSON.stringify(missing[0])}`);
        return byTrace;
      });
      for (const answer of answers) {
        const own = found.get(answer.traceId);
        assert.equal(own.length, 1, `lines of ${answer.traceId}: ${own.map((entry) => entry.line).join('\n')}`);
        const [{ line, labels }] = own;
        assert.equal(JSON.parse(line).status, String(answer.status));
        assert.equal(labels.app, 'gateway');
        assert.match(labels.filename, /gateway-out\.log$/);
        assert.match(labels.span_id, /^[0-9a-f]{16}$/);
        assert.equal(labels.detected_level, answer.status >= 500 ? 'error' : answer.status >= 400 ? 'warn' : 'info');
      }
    });

    it('has one line of orders for each order, over OTLP alone', async () => {
      const wanted = new Map(orders().map((answer) => [answer.traceId, answer]));
      const found = await waitFor(`${wanted.size} lines of orders with the traces of the load`, 20, async () => {
        const byTrace = groupBy(await lines('{service_name="orders"}'), traceOf);
        const missing = [...wanted.values()].filter((answer) => !byTrace.has(answer.traceId));
        if (missing.length > 0) throw new Error(`${missing.length} orders have no line, such as ${JSON.stringify(missing[0])}`);
        return byTrace;
      });
      for (const answer of wanted.values()) {
        const own = found.get(answer.traceId);
        assert.equal(own.length, 1, `lines of ${answer.traceId}: ${own.map((entry) => entry.line).join('\n')}`);
        assert.equal(own[0].line === 'order placed', answer.status === 201, own[0].line);
        assert.equal(own[0].labels.filename, undefined, 'a line over OTLP comes from no file');
      }
    });

    it('has one line of stock for each order that reached it', async () => {
      const wanted = answers.filter(reachesStock);
      const found = await waitFor(`${wanted.length} lines of stock with the traces of the load`, 20, async () => {
        const byTrace = groupBy(await lines('{service_name="stock"}'), traceOf);
        const missing = wanted.filter((answer) => !byTrace.has(answer.traceId));
        if (missing.length > 0) throw new Error(`${missing.length} orders have no line, such as ${JSON.stringify(missing[0])}`);
        return byTrace;
      });
      for (const answer of wanted) {
        const own = found.get(answer.traceId);
        assert.equal(own.length, 1, `lines of ${answer.traceId}: ${own.map((entry) => entry.line).join('\n')}`);
        assert.equal(JSON.parse(own[0].line).msg === 'reserved', answer.status === 201, own[0].line);
      }
    });

    it('has each request as one whole trace through all three services and PostgreSQL', async () => {
      for (const answer of answers.filter(reachesStock)) {
        const spans = await waitFor(`trace ${answer.traceId} (${answer.kind}) to have spans of gateway, orders, stock and PostgreSQL`, 20, async () => {
          const all = await tempoSpans(server, answer.traceId);
          const services = new Set(all.map((span) => span.service));
          assert.deepEqual([...services].sort(), ['gateway', 'orders', 'stock']);
          assert.ok(all.some((span) => span.service === 'stock' && span.attributes['db.system.name'] === 'postgresql'), 'no span of PostgreSQL');
          const ids = new Set(all.map((span) => span.spanId));
          const orphan = all.find((span) => span.parentSpanId !== '' && !ids.has(span.parentSpanId));
          assert.equal(orphan, undefined, `${orphan?.service} ${orphan?.name} has no parent yet`);
          return all;
        });
        assert.equal(new Set(spans.map((span) => span.spanId)).size, spans.length, 'a span comes twice');
        assert.equal(spans.filter((span) => span.parentSpanId === '').length, 1, 'roots');
        const failed = spans.some((span) => span.isError && span.attributes['db.system.name'] === 'postgresql');
        assert.equal(failed, answer.kind === 'failing', `a failed query in a trace of kind ${answer.kind}`);
      }
    });

    it('finds failing and slow requests by a search for traces', async () => {
      const ids = (kind) => answers.filter((answer) => answer.kind === kind).map((answer) => answer.traceId);
      const [from, to] = [Math.floor(run.beganMs / 1000), Math.ceil(Date.now() / 1000) + 60];
      const searches = {
        failing: '{ resource.service.name = "gateway" && span.http.route = "/orders" && status = error }',
        slow: '{ resource.service.name = "gateway" && name = "POST /orders" && duration > 390ms }',
        'sold out': '{ resource.service.name = "orders" && span.http.response.status_code = 409 }',
      };
      for (const [kind, q] of Object.entries(searches)) {
        await waitFor(`${kind} requests by ${q}`, 20, async () => {
          const found = new Set((await tempoSearch(server, q, from, to)).map((trace) => trace.traceID));
          assert.deepEqual(ids(kind).filter((id) => !found.has(id)), [], 'traces not found');
          return true;
        });
      }
    });
  });
}

describe('metrics out of the traces', { timeout: 120_000 }, () => {
  /** Values by a label, of all runs: their services have ended, so the last value of each series is its end. */
  const totals = async (query, label) =>
    Object.fromEntries((await promQuery(server, query)).map(({ metric, value }) => [metric[label] ?? '', Number(value[1])]));
  const same = (what, expected, found) =>
    waitFor(`${what} to be what the services say themselves`, 30, async () => {
      assert.deepEqual(await found(), await expected());
      return true;
    });

  it('have the rate of each route that the gateway counts itself', async () => {
    await same(
      'calls',
      () => totals('sum by (span_name) (label_join(last_over_time(shop_requests_total{route!="none"}[1h]), "span_name", " ", "method", "route"))', 'span_name'),
      () => totals('sum by (span_name) (last_over_time(traces_spanmetrics_calls_total{service="gateway", span_kind="SPAN_KIND_SERVER", span_name=~".* /.*"}[1h]))', 'span_name'),
    );
  });

  it('have its failures', async () => {
    await same(
      'failed calls',
      () => totals('sum(last_over_time(shop_requests_total{status=~"5.."}[1h]))', 'none'),
      () => totals('sum(last_over_time(traces_spanmetrics_calls_total{service="gateway", span_kind="SPAN_KIND_SERVER", status_code="STATUS_CODE_ERROR"}[1h]))', 'none'),
    );
  });

  it('have its latencies: as many, and none shorter', async () => {
    const of = (name, selector) => promQuery(server, `sum(last_over_time(${name}{${selector}}[1h]))`).then(([one]) => Number(one.value[1]));
    const served = 'service="gateway", span_kind="SPAN_KIND_SERVER"';
    assert.equal(await of('traces_spanmetrics_latency_count', served), await of('shop_request_duration_seconds_count', ''));
    const [ours, theirs] = [await of('traces_spanmetrics_latency_sum', served), await of('shop_request_duration_seconds_sum', '')];
    assert.ok(ours >= theirs && ours < theirs * 2, `${ours} s beside ${theirs} s`);
  });

  it('have exactly the edges of the shop, each as often as it was gone', async () => {
    const answers = RUNS.flatMap((run) => run.answers);
    const orders = answers.filter(isOrder).length;
    const requests = Number((await promQuery(server, 'sum(last_over_time(shop_requests_total[1h]))'))[0].value[1]);
    await waitFor('the edges', 20, async () => {
      const found = await promQuery(server, 'last_over_time(traces_service_graph_request_total[1h])');
      const edges = Object.fromEntries(found.map(({ metric, value }) => [`${metric.client} → ${metric.server} ${metric.connection_type ?? ''}`.trim(), Number(value[1])]));
      assert.deepEqual(Object.keys(edges).sort(), ['gateway → orders', 'gateway → stock', 'orders → stock', 'stock → postgres database', 'user → gateway virtual_node']);
      assert.equal(edges['gateway → orders'], orders);
      assert.equal(edges['orders → stock'], answers.filter(reachesStock).length);
      assert.equal(edges['user → gateway virtual_node'], requests);
      return true;
    });
    const failed = await totals('sum by (client) (last_over_time(traces_service_graph_request_failed_total{server="stock"}[1h]))', 'client');
    assert.ok(failed.orders >= answers.filter((answer) => answer.kind === 'failing').length, JSON.stringify(failed));
  });
});

describe('the shop in the browser', { timeout: 180_000 }, () => {
  let browser;
  let page;
  const bought = () => RUNS.at(-1).answers.find((answer) => answer.kind === 'ordinary');
  const open = (path, parameters = {}) => page.goto(`${path}?${new URLSearchParams(parameters)}`);
  const rows = () => page.getByRole('list', { name: /log lines$/ }).getByRole('listitem');

  before(async () => {
    browser = await Browser.open(server.url('ui'));
    page = browser.page;
  });
  after(() => browser?.close());

  it('shows on the home page that all three signals arrive', async () => {
    await open('/');
    await page.getByRole('navigation').first().waitFor();
    for (const signal of ['Metrics', 'Logs', 'Traces']) await page.getByText(signal, { exact: true }).first().waitFor();
    await browser.picture('home');
  });

  it('draws the scraped metric', async () => {
    await open('/explore/metrics', { q: 'sum by (status) (shop_requests_total{route="/orders"})', from: 'now-15m', to: 'now' });
    await page.locator('.uplot canvas').first().waitFor();
    for (const status of ['201', '409', '500']) await page.locator('button', { hasText: status }).first().waitFor();
    await browser.picture('metrics');
  });

  it('goes from a line of the gateway to its trace, and from the trace to its lines', async () => {
    const { traceId } = bought();
    await open('/explore/logs', { q: `{service_name="gateway"} |= "${traceId}"`, from: 'now-1h', to: 'now' });
    await rows().first().waitFor();
    assert.equal(await rows().count(), 1, 'the line comes once');
    assert.match(await rows().first().innerText(), /request served/);
    await browser.picture('logs');

    await rows().first().getByTitle(`Open trace ${traceId}`).first().click();
    await page.waitForURL(`**/trace/${traceId}*`);
    const spans = page.getByRole('treeitem');
    for (const name of [/gateway POST/, /orders POST/, /stock POST/, /stock pg/]) await page.getByRole('treeitem', { name }).first().waitFor();
    assert.equal(await spans.count(), (await tempoSpans(server, traceId)).length, 'each span has its row');
    await browser.picture('trace');

    await spans.first().click();
    const panel = page.getByRole('complementary', { name: 'Span' });
    await panel.getByText('3 of the trace').waitFor();
    await browser.picture('trace-span');
    await panel.getByRole('link', { name: 'Logs of this span' }).click();
    await page.waitForURL('**/explore/logs*');
    await rows().nth(2).waitFor();
    assert.equal(await rows().count(), 3, 'one line of each service');
    await rows().filter({ hasText: 'request served' }).waitFor();
  });

  it('goes from a line that came over OTLP to its trace, and back', async () => {
    const { traceId } = bought();
    await open('/explore/logs', { q: `{service_name="orders"} | trace_id="${traceId}"`, from: 'now-1h', to: 'now' });
    await rows().first().waitFor();
    assert.equal(await rows().count(), 1, 'the line comes once');
    await rows().first().getByTitle(`Open trace ${traceId}`).first().click();
    await page.waitForURL(`**/trace/${traceId}*`);
    await page.getByRole('treeitem', { name: /orders POST/ }).first().click();
    await page.getByRole('complementary', { name: 'Span' }).getByRole('link', { name: 'Logs of this span' }).click();
    await page.waitForURL('**/explore/logs*');
    await rows().filter({ hasText: 'order placed' }).waitFor();
  });

  it('finds the request among the traces', async () => {
    const { traceId } = bought();
    await open('/explore/traces', { q: '{ resource.service.name = "gateway" && name = "POST /orders" }', from: 'now-1h', to: 'now', limit: '500' });
    const link = page.getByRole('table', { name: 'Traces' }).getByRole('link', { name: /^[0-9a-f]{8}$/ });
    await link.first().waitFor();
    await browser.picture('traces');
    await open(`/trace/${traceId}`);
    await page.getByRole('treeitem', { name: /gateway POST/ }).first().waitFor();
  });

  it('names what arrives on the data page', async () => {
    await open('/data');
    await page.getByText(/otlp/i).first().waitFor();
    await page.getByText(/scrape/i).first().waitFor();
    await browser.picture('data');
  });

  it('throws nothing on any page', () => assert.deepEqual(browser.failures, []));
});

linksInTheBrowser(server, () => RUNS.at(-1).answers.find((answer) => answer.kind === 'ordinary'));

describe('the end', { timeout: 60_000 }, () => {
  it('stops on SIGTERM with 0', async () => assert.equal(await server.stop(30), 0, server.output().slice(-2000)));
});
