// Real clients: Debian's prometheus writing by remote write, promtool asking, @grpc/grpc-js sending OTLP.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:http2';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { get, lokiLines, promQuery, promSeries, tempoSpans } from './harness/ask.mjs';
import { Child, freePorts, newFolder, runToEnd } from './harness/processes.mjs';
import { Server } from './harness/server.mjs';
import { waitFor, within } from './harness/wait.mjs';

const server = await Server.create('clients', { host: { enabled: false } });
before(() => server.start(), { timeout: 60_000 });
after(() => server.kill());

describe('prometheus and promtool', { timeout: 180_000 }, () => {
  let prometheus;
  let peer;
  const ours = () => server.url('prometheus');
  const promtool = (...args) => runToEnd('promtool', args, { seconds: 30 });
  const askPeer = async (query) => (await get(peer, '/api/v1/query', { query })).data.result;

  before(async () => {
    const folder = newFolder('prometheus');
    const [port] = await freePorts(1);
    peer = `http://127.0.0.1:${port}`;
    mkdirSync(join(folder, 'data'));
    writeFileSync(
      join(folder, 'prometheus.yml'),
      JSON.stringify({
        global: { scrape_interval: '1s', scrape_timeout: '1s', external_labels: { region: 'here' } },
        scrape_configs: [
          { job_name: 'peer', static_configs: [{ targets: [`127.0.0.1:${port}`] }] },
          // Not what came from there itself, which has the external label.
          { job_name: 'federate', honor_labels: true, metrics_path: '/federate', params: { 'match[]': ['{job="triptych",region=""}'] }, static_configs: [{ targets: [new URL(ours()).host] }] },
        ],
        remote_write: [{ url: `${ours()}/api/v1/write`, queue_config: { batch_send_deadline: '1s' }, metadata_config: { send: true, send_interval: '2s' } }],
      }),
    );
    prometheus = new Child('prometheus', [`--config.file=${join(folder, 'prometheus.yml')}`, `--storage.tsdb.path=${join(folder, 'data')}`, `--web.listen-address=127.0.0.1:${port}`, '--log.level=warn']);
    await waitFor(`prometheus to be ready (${prometheus.output().slice(-500)})`, 30, async () => {
      if (prometheus.ended) throw new Error(`it ended: ${prometheus.ended.error?.message ?? prometheus.output().slice(-1000)}; apt-get install -y prometheus`);
      return (await fetch(`${peer}/-/ready`)).ok;
    });
  });
  after(() => prometheus?.end('SIGTERM', 15));

  it('takes what prometheus writes by remote write, sample for sample', async () => {
    await waitFor('fifteen samples of up{job="peer"} over remote write', 40, async () => {
      const [found] = await promQuery(server, 'up{job="peer"}[5m]');
      return found?.values.length >= 15;
    });
    const selector = 'prometheus_http_requests_total{job="peer"}[1m]';
    const time = Math.floor(Date.now() / 1000) - 4;
    const sortKey = (series) => JSON.stringify(Object.entries(series.metric).sort());
    const expected = (await get(peer, '/api/v1/query', { query: selector, time })).data.result;
    assert.ok(expected.length > 1);
    const found = await promQuery(server, selector, time);
    for (const series of found) {
      assert.equal(series.metric.region, 'here', 'external label');
      delete series.metric.region;
    }
    const inOrder = (list) => [...list].sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
    assert.deepEqual(inOrder(found).map((s) => [sortKey(s), s.values]), inOrder(expected).map((s) => [sortKey(s), s.values]));
  });

  it('evaluates as prometheus does', async () => {
    const time = Math.floor(Date.now() / 1000) - 4;
    // Windows that samples fill: next to a counter's first sample, releases of Prometheus extrapolate differently.
    for (const query of [
      'sum by (handler) (rate(prometheus_http_requests_total{job="peer"}[5s]))',
      'max_over_time(go_goroutines{job="peer"}[20s])',
      'sum(prometheus_http_request_duration_seconds_bucket{le="+Inf",job="peer"}) - sum(prometheus_http_request_duration_seconds_count{job="peer"})',
      'count by (__name__) ({__name__=~"go_gc_.*",job="peer"})',
      'go_memstats_alloc_bytes{job="peer"} offset 2s / 1024',
    ]) {
      const expected = (await get(peer, '/api/v1/query', { query, time })).data.result;
      const found = await promQuery(server, query, time);
      const flat = (list) => list.map(({ metric, value }) => [JSON.stringify(Object.entries(metric).filter(([name]) => name !== 'region').sort()), Number(value[1]).toPrecision(12)]).sort();
      assert.ok(expected.length > 0, `${query} finds nothing in prometheus itself`);
      assert.deepEqual(flat(found), flat(expected), query);
    }
    assert.equal((await askPeer('1')).length, 2);
  });

  it('keeps the metadata that prometheus sends', async () => {
    await waitFor('metadata of go_goroutines', 20, async () => {
      const { data } = await get(ours(), '/api/v1/metadata', { metric: 'go_goroutines' });
      return data.go_goroutines?.[0].type === 'gauge';
    });
  });

  it('answers promtool query instant', async () => {
    assert.match(await promtool('query', 'instant', ours(), 'up{job="peer"}'), /up\{.*job="peer".*\} => 1 @\[\d/);
    assert.match(await promtool('query', 'instant', ours(), '1 + 1'), /scalar: 2 /);
    await assert.rejects(promtool('query', 'instant', ours(), 'sum('), /ended with 1:.*(parse error|unexpected|bad_data)/s);
  });

  it('answers promtool query range', async () => {
    const end = Math.floor(Date.now() / 1000);
    const out = await promtool('query', 'range', `--start=${end - 5}`, `--end=${end}`, '--step=1s', ours(), 'sum by (job) (up)');
    assert.match(out, /job="peer"/);
    assert.ok(out.split('\n').filter((line) => /^1 @\[/.test(line)).length >= 3, out);
  });

  it('answers promtool query series as prometheus does', async () => {
    const withoutRegion = (text) => text.trim().split('\n').map((line) => line.replace(/,? ?region="here"/, '')).sort();
    const match = '--match={__name__=~"prometheus_tsdb_head_.*"}';
    const found = withoutRegion(await promtool('query', 'series', match, ours()));
    assert.deepEqual(found, withoutRegion(await promtool('query', 'series', match, peer)));
    assert.ok(found.length > 5);
    assert.equal((await promSeries(server, 'up{job="peer"}')).length, 1);
  });

  it('answers promtool query labels', async () => {
    assert.ok((await promtool('query', 'labels', ours(), 'job')).trim().split('\n').includes('peer'));
  });

  it('answers promtool query with JSON and a typed error', async () => {
    const [series] = JSON.parse(await promtool('query', '-o', 'json', 'instant', ours(), 'up{job="peer"}'));
    assert.equal(series.metric.job, 'peer');
    assert.equal(series.value[1], '1');
    await assert.rejects(promtool('query', 'instant', ours(), 'mad_over_time(up[5m])'), /promql-experimental-functions/);
    await assert.rejects(promtool('query', 'range', '--step=1s', '--start=1', '--end=20000', ours(), '1'), /exceeded maximum resolution of 11,000 points/);
  });

  it('is healthy and ready to promtool', async (t) => {
    if (!(await promtool('--help')).includes('check healthy')) return t.skip('this release of promtool does not ask for health');
    assert.match(await promtool('check', 'healthy', `--url=${ours()}`), /SUCCESS: /);
    assert.match(await promtool('check', 'ready', `--url=${ours()}`), /SUCCESS: /);
  });

  it('is federated by prometheus', async () => {
    await waitFor('our own series in prometheus, by federation', 60, async () => (await askPeer('up{job="triptych"}'))[0]?.value[1] === '1');
    assert.equal((await askPeer('up{job="federate"}'))[0].value[1], '1', 'prometheus reads /federate');
    assert.ok((await askPeer('count({job="triptych"})'))[0].value[1] > 20);
  });

  it('is healthy and ready for a probe', async () => {
    for (const method of ['GET', 'HEAD']) {
      for (const path of ['/-/healthy', '/-/ready']) assert.equal((await fetch(`${ours()}${path}`, { method })).status, 200, `${method} ${path}`);
    }
  });
});

describe('@grpc/grpc-js', { timeout: 90_000 }, () => {
  const folder = join(dirname(fileURLToPath(import.meta.url)), 'proto');
  const load = (file) => grpc.loadPackageDefinition(loadSync(join(folder, file), { includeDirs: [folder], longs: String, keepCase: false })).opentelemetry.proto.collector;
  const { TraceService } = load('traces.proto').trace.v1;
  const { MetricsService } = load('metrics.proto').metrics.v1;
  const { LogsService } = load('logs.proto').logs.v1;
  const clients = [];
  const open = (Service, port, options = {}) => {
    const client = new Service(`127.0.0.1:${server.ports[port]}`, grpc.credentials.createInsecure(), options);
    clients.push(client);
    return client;
  };
  after(() => clients.forEach((client) => client.close()));

  const call = (client, method, request) =>
    within(`${method}`, 15, new Promise((resolve, reject) => client[method](request, { deadline: Date.now() + 10_000 }, (error, answer) => (error ? reject(error) : resolve(answer)))));
  /** Sends bytes that no client would make. */
  const callRaw = (client, bytes) =>
    within('a raw call', 15, new Promise((resolve, reject) => client.makeUnaryRequest(client.Export.path, (b) => b, (b) => b, bytes, new grpc.Metadata(), { deadline: Date.now() + 10_000 }, (error, answer) => (error ? reject(error) : resolve(answer)))));
  const resource = (name) => ({ attributes: [{ key: 'service.name', value: { stringValue: name } }] });
  const nowNanos = () => String(BigInt(Date.now()) * 1_000_000n);
  const spans = (count) => {
    const traceId = randomBytes(16);
    const time = nowNanos();
    const list = Array.from({ length: count }, (_, i) => ({ traceId, spanId: randomBytes(8), name: `call ${i}`, kind: 1, startTimeUnixNano: time, endTimeUnixNano: time, attributes: [{ key: 'padding', value: { stringValue: 'x'.repeat(200) } }] }));
    return { traceId: traceId.toString('hex'), request: { resourceSpans: [{ resource: resource('grpc-client'), scopeSpans: [{ spans: list }] }] } };
  };

  for (const port of ['otlpGrpc', 'otlpHttp', 'ui']) {
    it(`sends spans to the ${port} port`, async () => {
      const { traceId, request } = spans(3);
      const answer = await call(open(TraceService, port), 'Export', request);
      assert.equal(Number(answer.partialSuccess?.rejected ?? 0), 0);
      assert.equal((await tempoSpans(server, traceId)).length, 3);
    });
  }

  it('sends spans compressed by gzip', async () => {
    const { traceId, request } = spans(500);
    const client = open(TraceService, 'otlpGrpc', { 'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip });
    await call(client, 'Export', request);
    assert.equal((await tempoSpans(server, traceId)).length, 500);
  });

  it('sends many calls at once over one connection', async () => {
    const client = open(TraceService, 'otlpGrpc');
    const calls = Array.from({ length: 50 }, () => spans(2));
    await Promise.all(calls.map(({ request }) => call(client, 'Export', request)));
    for (const { traceId } of calls) assert.equal((await tempoSpans(server, traceId)).length, 2);
  });

  it('sends metrics', async () => {
    const point = { timeUnixNano: nowNanos(), asDouble: 42.5, attributes: [{ key: 'way', value: { stringValue: 'grpc' } }] };
    await call(open(MetricsService, 'otlpGrpc'), 'Export', { resourceMetrics: [{ resource: resource('grpc-client'), scopeMetrics: [{ metrics: [{ name: 'grpc.client.points', gauge: { dataPoints: [point] } }] }] }] });
    const [found] = await promQuery(server, 'grpc_client_points{job="grpc-client", way="grpc"}');
    assert.equal(found?.value[1], '42.5');
  });

  it('sends log records', async () => {
    const record = { timeUnixNano: nowNanos(), severityNumber: 17, body: { stringValue: 'sent by a gRPC client' } };
    await call(open(LogsService, 'otlpGrpc'), 'Export', { resourceLogs: [{ resource: resource('grpc-client'), scopeLogs: [{ logRecords: [record] }] }] });
    const time = BigInt(record.timeUnixNano);
    const lines = await lokiLines(server, '{service_name="grpc-client"}', time, time + 1n);
    assert.deepEqual(lines.map((entry) => entry.line), ['sent by a gRPC client']);
  });

  it('is told INVALID_ARGUMENT for a body that is no request, and goes on', async () => {
    const client = open(TraceService, 'otlpGrpc');
    await assert.rejects(callRaw(client, Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x01])), (error) => {
      assert.equal(error.code, grpc.status.INVALID_ARGUMENT, error.message);
      assert.ok(error.details.length > 10, 'it says what is wrong');
      return true;
    });
    const { traceId, request } = spans(1);
    await call(client, 'Export', request);
    assert.equal((await tempoSpans(server, traceId)).length, 1);
  });

  it('has the span refused, by name, whose trace id is too short', async () => {
    const { traceId, request } = spans(2);
    request.resourceSpans[0].scopeSpans[0].spans[0].traceId = randomBytes(5);
    const answer = await call(open(TraceService, 'otlpGrpc'), 'Export', request);
    assert.equal(Number(answer.partialSuccess.rejected), 1);
    assert.match(answer.partialSuccess.errorMessage, /trace/i);
    assert.equal((await tempoSpans(server, traceId)).length, 1);
  });

  it('is told UNIMPLEMENTED for a method that does not exist', async () => {
    await assert.rejects(call(open(TraceService, 'otlpGrpc'), 'Explain', {}), (error) => error.code === grpc.status.UNIMPLEMENTED);
  });
});

describe('HTTP clients on the gRPC port and the other way round', { timeout: 30_000 }, () => {
  const body = (traceId) => JSON.stringify({
    resourceSpans: [{ resource: { attributes: [{ key: 'service.name', value: { stringValue: 'http-client' } }] }, scopeSpans: [{ spans: [{ traceId, spanId: randomBytes(8).toString('hex'), name: 'post', startTimeUnixNano: String(BigInt(Date.now()) * 1_000_000n), endTimeUnixNano: String(BigInt(Date.now()) * 1_000_000n) }] }] }],
  });

  it('takes HTTP/1.1 on the gRPC port', async () => {
    const traceId = randomBytes(16).toString('hex');
    const response = await fetch(`${server.url('otlpGrpc')}/v1/traces`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: body(traceId) });
    assert.equal(response.status, 200, await response.text());
    assert.equal((await tempoSpans(server, traceId)).length, 1);
  });

  for (const port of ['otlpGrpc', 'otlpHttp', 'tempo', 'ui']) {
    it(`speaks HTTP/2 without TLS on the ${port} port`, async () => {
      const session = connect(server.url(port));
      try {
        const path = port === 'tempo' ? '/api/echo' : '/v1/traces';
        const traceId = randomBytes(16).toString('hex');
        const status = await within(`an answer over HTTP/2 on the ${port} port`, 10, new Promise((resolve, reject) => {
          session.once('error', reject);
          const stream = session.request({ ':path': path, ':method': port === 'tempo' ? 'GET' : 'POST', 'content-type': 'application/json' });
          stream.once('error', reject).once('response', (headers) => resolve(headers[':status'])).resume();
          stream.end(port === 'tempo' ? undefined : body(traceId));
        }));
        assert.equal(status, 200);
        if (port !== 'tempo') assert.equal((await tempoSpans(server, traceId)).length, 1);
      } finally {
        session.destroy();
      }
    });
  }
});
