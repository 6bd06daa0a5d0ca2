// What the operations pages ask: queries that run, targets, storage, streams, status, prices.

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;
const DAY = 86_400_000;
const began = Date.now();
const stopped = new Set();

const QUERIES = [
  ['promql', 'GET /api/v1/query_range', 'histogram_quantile(0.99, sum by (le, route) (rate(http_request_duration_seconds_bucket[5m])))', 7 * DAY, 'Grafana/12.1.0', 812 * MIB, 41_200_000, 96 * MIB],
  ['logql', 'GET /loki/api/v1/query_range', '{namespace="shop"} |~ "timeout|refused" | json | duration > 2s', DAY, 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/139.0.0.0 Safari/537.36', 2.4 * GIB, 18_400_000, 210 * MIB],
  ['traceql', 'GET /api/search', '{ resource.service.name = "checkout" && status = error } >> { name =~ "SELECT.*" }', 3_600_000, 'curl/8.14.1', 96 * MIB, 310_000, 12 * MIB],
  ['promql', 'GET /api/v1/label/{name}/values', '', null, 'Grafana/12.1.0', 0, 0, 0],
];

function queries() {
  const elapsed = ((Date.now() - began) % 90_000) + 4_000;
  const all = QUERIES.map(([language, api, text, rangeMs, userAgent, bytesRead, rowsRead, memoryBytes], i) => ({
    id: `0199a0c2-7b1e-7c00-8000-00000000000${i}`,
    language,
    api,
    text,
    textIsCut: false,
    tenant: i === 2 ? 'team-checkout' : 'default',
    startUnixMs: rangeMs === null ? null : Date.now() - rangeMs,
    endUnixMs: rangeMs === null ? null : Date.now(),
    stepMs: language === 'promql' && rangeMs !== null ? 300_000 : null,
    startedUnixMs: Date.now() - elapsed / (i + 1),
    elapsedMs: Math.round(elapsed / (i + 1)),
    waitedMs: i === 3 ? Math.round(elapsed / 4) : 3,
    timeoutMs: 120_000,
    state: i === 3 ? 'waiting' : 'running',
    bytesRead,
    rowsRead,
    memoryBytes,
    peakMemoryBytes: memoryBytes * 1.2,
    remoteAddress: `10.0.4.${17 + i}`,
    userAgent,
  })).filter(({ id }) => !stopped.has(id));
  return { queries: all, total: all.length, running: all.filter((q) => q.state === 'running').length, slots: 20, memoryBytes: 318 * MIB, memoryLimitBytes: 2 * GIB };
}

function targets() {
  const target = (job, url, labels, more = {}) => ({
    job, url, labels: { job, ...labels }, discoveredLabels: { __address__: url, job }, health: 'up', lastError: '', lastScrapeUnixMs: Date.now() - (Date.now() % 15_000), lastDurationMs: 14.2,
    intervalMs: 15_000, timeoutMs: 10_000, samplesScraped: 1284, samplesKept: 1284, seriesAdded: 0, ...more,
  });
  return {
    targets: [
      target('triptych', 'self', { instance: 'localhost:3000' }, { samplesScraped: 412, samplesKept: 412, lastDurationMs: 1.1 }),
      target('node', 'http://10.0.4.11:9100/metrics', { instance: '10.0.4.11:9100', rack: 'a' }),
      target('node', 'http://10.0.4.12:9100/metrics', { instance: '10.0.4.12:9100', rack: 'a' }, { seriesAdded: 14 }),
      target('shop', 'http://checkout.shop.svc:8080/metrics', { instance: 'checkout.shop.svc:8080' }, { health: 'down', lastError: 'Get "http://checkout.shop.svc:8080/metrics": connection refused (checkout.shop.svc:8080)', samplesScraped: 0, samplesKept: 0, lastDurationMs: 3.4 }),
      target('shop', 'http://cart.shop.svc:8080/metrics', { instance: 'cart.shop.svc:8080' }, { lastDurationMs: 212, samplesScraped: 8812 }),
    ],
    files: [
      { path: '/var/log/nginx/access.log', offsetBytes: 812 * MIB, sizeBytes: 812 * MIB, lastReadUnixMs: Date.now() - 600, lostSinceUnixMs: null },
      { path: '/var/log/app/orders-2026-11-22.log', offsetBytes: 91 * MIB, sizeBytes: 118 * MIB, lastReadUnixMs: Date.now() - 200, lostSinceUnixMs: null },
      { path: '/var/log/app/orders-2026-11-21.log', offsetBytes: 96 * MIB, sizeBytes: 96 * MIB, lastReadUnixMs: Date.now() - 7_200_000, lostSinceUnixMs: Date.now() - 31_000 },
    ],
    followsFiles: true,
    maxFiles: 2000,
  };
}

function storage() {
  const head = (memory, at, more = {}) => ({
    memoryBytes: memory, flushAtBytes: at, maxBytes: at * 2, waiting: 0, isFlushing: false, oldestUnixMs: Date.now() - 1_260_000, flushDueUnixMs: Date.now() + 5_940_000, walBytes: memory * 0.7, walQueuedBytes: 0,
    walSegment: 4182, whyRefusing: null, lastFlush: { atUnixMs: Date.now() - 1_262_000, durationMs: 840, blocks: 2, rows: 104_220, bytes: 9.4 * MIB }, lastFailure: null, ...more,
  });
  const signal = (bytes, blocks, days, unflushed, retention, more = {}) => ({
    blocks, rows: blocks * 90_000, bytes, oldestUnixMs: Date.now() - days * DAY, newestUnixMs: Date.now() - 1_300_000,
    levels: [{ level: 0, blocks: Math.ceil(blocks / 3), bytes: bytes * 0.02 }, { level: 1, blocks: Math.ceil(blocks / 3), bytes: bytes * 0.18 }, { level: 2, blocks: Math.floor(blocks / 3), bytes: bytes * 0.8 }],
    pendingMerges: 0, pendingMergeBytes: 0, runningMerges: [], replay: { done: true, records: 812, bytesDone: 5 * MIB, bytesTotal: 5 * MIB }, unflushed, retention, nextExpiryUnixMs: Date.now() + 3 * 3_600_000, soon: [], ...more,
  });
  const kept = (days, sizeBytes = null, rules = []) => ({ timeMs: days * DAY, sizeBytes, rules });
  const use = (tenant, name, blocks, rows, bytes) => ({ tenant, signal: name, blocks, rows, bytes, oldestUnixMs: Date.now() - 12 * DAY, newestUnixMs: Date.now() - 1_300_000 });
  return {
    signals: {
      metrics: signal(14.2 * GIB, 61, 15, head(212 * MIB, 768 * MIB), kept(15), { soon: [{ reason: 'time', blocks: 4, bytes: 960 * MIB }] }),
      logs: signal(96.4 * GIB, 214, 31, head(18 * MIB, 93 * MIB), kept(31, 100 * GIB, [{ selector: '{app="audit"}', timeMs: 365 * DAY, sizeBytes: null }, { selector: '{level="debug"}', timeMs: 3 * DAY, sizeBytes: 5 * GIB }]), {
        soon: [{ reason: 'time', blocks: 7, bytes: 3.1 * GIB }, { reason: 'size', blocks: 2, bytes: 0.8 * GIB }], pendingMerges: 3, pendingMergeBytes: 1.1 * GIB,
        runningMerges: [{ tenant: 'default', level: 2, reason: 'level', blocks: 8, bytes: 2.4 * GIB }],
      }),
      traces: signal(11.8 * GIB, 40, 2, head(77 * MIB, 128 * MIB, { lastFailure: { atUnixMs: Date.now() - 42_000, reason: 'No space left on device' }, lastFlush: null }), kept(2)),
    },
    blockBytes: 122.4 * GIB, otherBytes: 0.6 * GIB, foreignBytes: 0, diskBudgetBytes: 150 * GIB, freeBytes: 61 * GIB, quarantined: [
      { block: '0199', tenant: 'default', signal: 'logs', objectKey: 'blocks/1/logs/2026-11-20/0199a0c2-7b1e-7c00-8000-0000000000aa.parquet', offset: 81_223, reason: 'page checksum does not match', foundUnixMs: Date.now() - 5 * 3_600_000 },
    ],
    waitingAfterFailure: 0, pendingDeletions: 1, soonMs: DAY,
    tenants: [use('default', 'logs', 180, 2_412_000_000, 84 * GIB), use('default', 'metrics', 61, 1_204_000, 14.2 * GIB), use('team-checkout', 'logs', 34, 301_000_000, 12.4 * GIB), use('default', 'traces', 40, 251_000_000, 11.8 * GIB)],
  };
}

const TOPS = {
  seriesCountByMetricName: [['http_request_duration_seconds_bucket', 41_280], ['container_network_receive_bytes_total', 9_120], ['kube_pod_labels', 8_412], ['node_cpu_seconds_total', 2_560], ['up', 214]],
  labelValueCountByLabelName: [['pod_uid', 31_240], ['pod', 4_812], ['route', 612], ['__name__', 588], ['le', 22]],
  memoryInBytesByLabelName: [['pod_uid', 1_124_640], ['pod', 144_360]],
  seriesCountByLabelValuePair: [['job=shop', 52_214], ['namespace=shop', 50_112], ['__name__=http_request_duration_seconds_bucket', 41_280]],
};

function tsdb() {
  const named = Object.fromEntries(Object.entries(TOPS).map(([key, rows]) => [key, rows.map(([name, value]) => ({ name, value }))]));
  return { status: 'success', data: { headStats: { numSeries: 98_412, numLabelPairs: 40_112, chunkCount: 312_000, minTime: 0, maxTime: 0 }, ...named } };
}

function server() {
  const holder = (name, usedBytes, limitBytes, setting = null) => ({ name, usedBytes, limitBytes, setting });
  return {
    version: '0.1.0-mock', revision: '7744a2152cf1', startedUnixMs: began - DAY, uptimeMs: DAY + Date.now() - began, host: 'obs-1', process: 4711, runtime: '.NET 10.0.0', system: 'Debian GNU/Linux 13 (trixie)', architecture: 'x64',
    processors: 8, cpuMs: DAY * 0.9, threads: 14, residentBytes: 1.31 * GIB, heapBytes: 402 * MIB, availableBytes: 16 * GIB,
    memory: [holder('requests in flight', 3 * MIB, 256 * MIB, 'ingest.max_bytes_in_flight'), holder('heads', 307 * MIB, 2 * GIB, 'storage.max_head_memory'), holder('heads of metrics', 212 * MIB, 1.5 * GIB), holder('heads of logs', 18 * MIB, 682 * MIB), holder('heads of traces', 77 * MIB, 682 * MIB), holder('queries', 1.9 * GIB, 2 * GIB, 'query.max_total_memory'), holder('open blocks of logs', 118 * MIB, 128 * MIB)],
    parts: [
      { name: 'readiness', state: 'well', detail: null },
      { name: 'targets', state: 'warning', detail: '1 of 5 are down, the first http://checkout.shop.svc:8080/metrics: connection refused' },
      { name: 'metrics', state: 'well', detail: null },
      { name: 'logs', state: 'waiting', detail: 'replaying the write-ahead log, 812 of 2210 bytes' },
      { name: 'traces', state: 'failing', detail: 'the last flush failed at 2026-11-22 14:01:22 UTC: No space left on device' },
      { name: 'blocks', state: 'warning', detail: '1 damaged blocks are set aside and missing from answers' },
    ],
  };
}

function price(params) {
  const query = params.get('query') ?? '';
  if (/[({[]\s*$/.test(query)) return null;
  const items = { promql: 'samples', logql: 'lines', traceql: 'spans' }[params.get('language')];
  return { language: params.get('language'), scans: 1, blocks: 12, blockBytes: 812 * MIB, readBytes: 96 * MIB, series: items === 'spans' ? 0 : 412, items, rows: 8_120_000, memorySeries: 400, memoryRows: 120_000, unopenedBlocks: 0, notes: [] };
}

/** Answers what is asked of operations; false where it is something else. */
export function handleOperations(method, url, res) {
  const send = (answer) => {
    res.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(answer));
    return true;
  };
  const { pathname } = url;
  if (pathname === '/api/triptych/v1/queries') return send(process.env.EMPTY ? { ...queries(), queries: [], total: 0, running: 0, memoryBytes: 0 } : queries());
  if (method === 'DELETE' && pathname.startsWith('/api/triptych/v1/queries/')) {
    stopped.add(pathname.split('/').at(-1));
    res.writeHead(204).end();
    return true;
  }
  if (pathname === '/api/triptych/v1/query/price') {
    const found = price(url.searchParams);
    if (found !== null) return send(found);
    res.writeHead(400, { 'Content-Type': 'text/plain' }).end('1:1: parse error: unexpected end of input');
    return true;
  }
  if (pathname === '/api/triptych/v1/status/targets') return send(process.env.EMPTY ? { targets: [], files: [], followsFiles: false, maxFiles: 2000 } : targets());
  if (pathname === '/api/triptych/v1/status/storage') return send(storage());
  if (pathname === '/api/triptych/v1/status/server') return send(server());
  if (pathname === '/api/triptych/v1/status/streams')
    return send({ streams: 412, labelNames: 9, labels: [{ name: 'pod', values: 380, streams: 412 }, { name: 'app', values: 24, streams: 412 }, { name: 'level', values: 5, streams: 400 }], pairs: [{ name: 'namespace', value: 'shop', streams: 301 }, { name: 'app', value: 'checkout', streams: 88 }], warnings: [] });
  if (pathname === '/api/triptych/v1/deletions')
    return send({ deletions: [{ id: 'd1', signal: 'logs', queries: ['{app="checkout"} |= "4111"'], startUnixMs: Date.now() - 7 * DAY, endUnixMs: Date.now(), createdUnixMs: Date.now() - 90_000, state: 'pending', blocksDone: 12, blocksTotal: 31, rowsDeleted: 812, unreadableObjects: 0, finishedUnixMs: null }] });
  if (pathname === '/api/v1/status/tsdb') return send(tsdb());
  if (pathname === '/api/v1/status/tsdb/blocks') return send({ status: 'success', data: { blocks: [{ stats: { numSamples: 11_200_000_000 } }] } });
  if (pathname === '/api/v1/status/flags') return send({ status: 'success', data: { 'data-dir': './data', 'enable-feature': '', 'query.lookback-delta': '5m', 'query.max-concurrency': '20', 'query.timeout': '2m', 'web.enable-admin-api': 'false' } });
  if (pathname === '/api/v1/status/config') return send({ status: 'success', data: { yaml: 'listen:\n  address: 127.0.0.1\n  ui_port: 3000\nauth:\n  mode: auto\n  token: <secret>\nstorage:\n  retention:\n    metrics:\n      time: 15d\n' } });
  if (pathname === '/api/metrics/query' && url.searchParams.get('q')?.includes('resource.service.name'))
    return send({ series: [['checkout', 812_000], ['gateway', 604_000], ['pricing-service', 88_120]].map(([name, value]) => ({ labels: [{ key: 'resource.service.name', value: { stringValue: name } }], value })) });
  return false;
}
