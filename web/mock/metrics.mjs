// Prometheus' API over series that are computed from their labels and the time: enough of PromQL for looking at pages. It finds the
// first selectors of an expression, filters by their matchers, groups by `by (…)`, and takes a rate or quotient at face value.
// Not a reference for anything: the real engine is the server's.

import { graphSamples, makeGraph } from './graph.mjs';
import { chance, traceIdOf, traceNumbers } from './traces.mjs';

/** As many services as SERVICES says are on the map. */
const graph = makeGraph(Number(process.env.SERVICES ?? 24));

const SERVICES = ['gateway', 'orders', 'stock', 'payments', 'mailer'];
const METRICS = {
  up: ['gauge', '1 when the last scrape of the target worked'],
  node_cpu_seconds_total: ['counter', 'Seconds the CPUs spent in each mode.'],
  node_memory_MemTotal_bytes: ['gauge', 'Memory information field MemTotal_bytes.'],
  node_memory_MemAvailable_bytes: ['gauge', 'Memory information field MemAvailable_bytes.'],
  node_filesystem_size_bytes: ['gauge', 'Filesystem size in bytes.'],
  node_filesystem_avail_bytes: ['gauge', 'Filesystem space available to non-root users in bytes.'],
  node_network_receive_bytes_total: ['counter', 'Network device statistic receive_bytes.'],
  node_network_transmit_bytes_total: ['counter', 'Network device statistic transmit_bytes.'],
  node_disk_read_bytes_total: ['counter', 'The total number of bytes read successfully.'],
  node_disk_written_bytes_total: ['counter', 'The total number of bytes written successfully.'],
  node_load1: ['gauge', '1m load average.'],
  node_load5: ['gauge', '5m load average.'],
  node_uname_info: ['gauge', 'Labeled system information as provided by the uname system call.'],
  node_boot_time_seconds: ['gauge', 'Node boot time, in unixtime.'],
  http_server_request_duration_seconds_bucket: ['histogram', 'Duration of HTTP server requests.'],
  http_server_request_duration_seconds_count: ['histogram', 'Duration of HTTP server requests.'],
  http_server_request_duration_seconds_sum: ['histogram', 'Duration of HTTP server requests.'],
  http_requests_total: ['counter', 'Requests answered, by status.'],
  process_resident_memory_bytes: ['gauge', 'Resident memory size in bytes.'],
  nodejs_eventloop_lag_seconds: ['gauge', 'Lag of event loop in seconds.'],
  db_client_connections_usage: ['gauge', 'The number of connections that are currently in the state described by the state attribute.'],
  orders_placed_total: ['counter', 'Orders that were placed.'],
};
for (let i = 0; i < 400; i++) METRICS[`demo_subsystem_${i}_${['bytes', 'seconds', 'total', 'ratio'][i % 4]}`] = [i % 4 === 2 ? 'counter' : 'gauge', `Made-up metric number ${i}.`];

const host = { instance: 'shop-1:9100', job: 'node' };

function seriesOf(name) {
  const each = (labels) => labels.map((one) => ({ __name__: name, ...one }));
  if (name === 'node_cpu_seconds_total') return each([0, 1, 2, 3].flatMap((cpu) => ['user', 'system', 'iowait', 'idle', 'nice', 'irq', 'softirq', 'steal'].map((mode) => ({ ...host, cpu: String(cpu), mode }))));
  if (name.startsWith('node_filesystem')) return each([{ ...host, device: '/dev/sda1', fstype: 'ext4', mountpoint: '/' }, { ...host, device: '/dev/sdb1', fstype: 'xfs', mountpoint: '/var/lib/data' }]);
  if (name.startsWith('node_network')) return each(['eth0', 'lo', 'docker0'].map((device) => ({ ...host, device })));
  if (name.startsWith('node_disk')) return each(['sda', 'sdb'].map((device) => ({ ...host, device })));
  if (name === 'node_uname_info') return each([{ ...host, nodename: 'shop-1', release: '6.12.9-amd64', sysname: 'Linux', machine: 'x86_64' }]);
  if (name.startsWith('node_')) return each([host]);
  if (name === 'up') return each([...SERVICES.map((job) => ({ job, instance: `${job}:9464` })), host]);
  if (name.startsWith('http_server_request')) {
    const les = name.endsWith('_bucket') ? ['0.005', '0.025', '0.1', '0.5', '1', '+Inf'] : [null];
    return each(SERVICES.slice(0, 4).flatMap((job) => ['GET', 'POST'].flatMap((method) => ['200', '404', '500'].flatMap((code) => les.map((le) => ({ job, instance: `${job}:9464`, http_request_method: method, http_response_status_code: code, http_route: method === 'GET' ? '/products' : '/orders', ...(le === null ? {} : { le }) }))))));
  }
  if (name === 'http_requests_total') return each(SERVICES.flatMap((job) => ['200', '404', '500'].map((status) => ({ job, instance: `${job}:9464`, status }))));
  if (name === 'db_client_connections_usage') return each(['idle', 'used'].map((state) => ({ job: 'stock', instance: 'stock:9464', state, pool_name: 'main' })));
  if (METRICS[name]) return each(SERVICES.slice(0, 3).map((job) => ({ job, instance: `${job}:9464` })));
  return [];
}

const GIB = 2 ** 30;

/** What a series is worth at a time; counters as their rate. */
function valueAt(labels, t) {
  const name = labels.__name__;
  const key = JSON.stringify(labels);
  const phase = chance('phase', key) * 6.28;
  const wave = 0.5 + 0.32 * Math.sin(t / 600 + phase) + 0.12 * Math.sin(t / 97 + phase * 3) + 0.06 * (chance(key, Math.floor(t / 15)) - 0.5);
  const size = 0.3 + chance('size', key);
  const burst = Math.max(0, Math.sin(t / 1900 + 1)) ** 12;
  if (name === 'node_cpu_seconds_total') {
    const busy = { user: 0.22 * wave + 0.35 * burst, system: 0.08 * wave + 0.1 * burst, iowait: 0.02 * wave, nice: 0, irq: 0, softirq: 0.006 * wave, steal: 0.002 * wave };
    return labels.mode in busy ? busy[labels.mode] : 1 - Object.values(busy).reduce((a, b) => a + b, 0);
  }
  if (name === 'node_memory_MemTotal_bytes') return 16 * GIB;
  if (name === 'node_memory_MemAvailable_bytes') return (9.5 - 2.2 * wave - burst) * GIB;
  if (name === 'node_filesystem_size_bytes') return (labels.mountpoint === '/' ? 80 : 500) * GIB;
  if (name === 'node_filesystem_avail_bytes') return labels.mountpoint === '/' ? (31 - wave * 0.3) * GIB : (63 - wave * 2) * GIB;
  if (name.startsWith('node_network')) return labels.device === 'eth0' ? (name.includes('receive') ? 3.1e6 : 1.4e6) * (wave + burst) : 2e4 * wave;
  if (name.startsWith('node_disk')) return 4e6 * wave * size;
  if (name.startsWith('node_load')) return 0.6 + 1.4 * wave + 2.5 * burst;
  if (name === 'up') return labels.job === 'mailer' && t % 5400 < 700 ? 0 : 1;
  if (name.endsWith('_bucket')) return 20 * wave * size * Math.min(1, 0.3 + Number(labels.le.replace('+Inf', '9')) * 2);
  const code = labels.status ?? labels.http_response_status_code;
  if (code !== undefined) return (code === '200' ? 60 : code === '404' ? 1.5 : 0.3 + 8 * burst) * wave * size;
  if (name === 'process_resident_memory_bytes') return (90 + 160 * size + 20 * wave) * 2 ** 20;
  if (name.endsWith('_seconds')) return 0.004 + 0.05 * wave * size + 0.1 * burst;
  if (name.endsWith('_bytes')) return 5e7 * size * wave;
  return 40 * wave * size;
}


/** The selectors of an expression, each with its place. */
function selectorsOf(expression) {
  const found = [];
  for (const match of expression.matchAll(/([a-zA-Z_:][\w:]*)\s*(\{[^}]*\})?/g)) {
    if (!METRICS[match[1]]) continue;
    const matchers = [...(match[2] ?? '').matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g)].map(([, label, op, value]) => ({ label, op, value }));
    found.push({ name: match[1], matchers, index: match.index });
  }
  return found;
}

function matches(labels, matchers) {
  return matchers.every(({ label, op, value }) => {
    const own = labels[label] ?? '';
    if (op === '=') return own === value;
    if (op === '!=') return own !== value;
    return new RegExp(`^(?:${value})$`).test(own) === (op === '=~');
  });
}

function groupsOf(expression) {
  const selectors = selectorsOf(expression);
  const by = /\b(sum|avg|min|max|count)\s+by\s*\(([^)]*)\)/.exec(expression);
  const bare = by ?? /\b(sum|avg|min|max|count)\s*\(/.exec(expression);
  const names = by ? by[2].split(',').map((s) => s.trim()).filter(Boolean) : [];
  const quotient = /\)\s*\/|\/\s*[a-z(]/.test(expression) && selectors.length > 1;
  const main = selectors[0];
  if (!main) return null;
  const rate = /\b(rate|irate|increase)\s*\(/.test(expression);
  const groups = new Map();
  for (const labels of seriesOf(main.name)) {
    if (!matches(labels, main.matchers)) continue;
    const { __name__, ...rest } = labels;
    const shown = bare ? Object.fromEntries(names.filter((n) => labels[n] !== undefined).map((n) => [n, labels[n]])) : rate || quotient ? rest : labels;
    const key = JSON.stringify(shown);
    if (!groups.has(key)) groups.set(key, { metric: shown, members: [] });
    groups.get(key).members.push(labels);
  }
  const combine = { sum: (v) => v.reduce((a, b) => a + b, 0), avg: (v) => v.reduce((a, b) => a + b, 0) / v.length, min: (v) => Math.min(...v), max: (v) => Math.max(...v), count: (v) => v.length }[bare?.[1] ?? 'sum'];
  const value = (group, t) => {
    const own = combine(group.members.map((labels) => valueAt(labels, t)));
    if (expression.includes('node_memory_MemTotal') && expression.includes('MemAvailable')) {
      const used = 16 * GIB - valueAt({ __name__: 'node_memory_MemAvailable_bytes', ...host }, t);
      return quotient ? used / (16 * GIB) : used;
    }
    if (expression.includes('node_filesystem_size') && expression.includes('avail')) {
      const size = valueAt({ ...group.members[0], __name__: 'node_filesystem_size_bytes' }, t);
      return (size - valueAt({ ...group.members[0], __name__: 'node_filesystem_avail_bytes' }, t)) / size;
    }
    if (quotient && main.name === 'node_cpu_seconds_total') return own / 4;
    return quotient ? own / 100 : own;
  };
  return { groups: [...groups.values()], value };
}

function send(res, status, body) {
  res.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

const text = (v) => (Number.isNaN(v) ? 'NaN' : String(v));

function refuse(res, expression) {
  const open = [...expression].filter((c) => c === '(').length - [...expression].filter((c) => c === ')').length;
  if (open !== 0) {
    const column = expression.length + 1;
    send(res, 400, { status: 'error', errorType: 'bad_data', error: `invalid parameter "query": 1:${column}: parse error: unclosed left parenthesis` });
    return true;
  }
  const unknown = /\b(holt_winters|foo)\b/.exec(expression);
  if (unknown) {
    send(res, 400, { status: 'error', errorType: 'bad_data', error: `invalid parameter "query": 1:${unknown.index + 1}: parse error: unknown function with name "${unknown[1]}"` });
    return true;
  }
  return false;
}

/** Answers a request under /api/v1; false when it is none of these. */
export async function handleMetrics(url, res, form) {
  const params = new URLSearchParams([...url.searchParams, ...(form ?? [])]);
  const path = url.pathname.replace(/^\/api\/v1\//, '');
  if (path === url.pathname) return false;
  const expression = params.get('query') ?? '';
  if (expression.includes('slow')) await new Promise((done) => setTimeout(done, 6000));
  if (path === 'query_range' || path === 'query') {
    if (refuse(res, expression)) return true;
    const counted = graphSamples(expression, graph);
    const found = counted === null ? groupsOf(expression) : { groups: counted.map(({ labels, value }) => ({ metric: labels, value })), value: (group, t) => group.value(t) };
    const at = Number(params.get('time') ?? Date.now() / 1000);
    const stats = params.has('stats') ? { stats: { timings: { evalTotalTime: 0.0042, execQueueTime: 0.0001, execTotalTime: 0.0043 }, samples: { totalQueryableSamples: 48_210, samplesRead: 5_160, peakSamples: 5_160 } } } : {};
    if (path === 'query') {
      send(res, 200, { status: 'success', data: { ...stats, resultType: 'vector', result: (found?.groups ?? []).map((g) => ({ metric: g.metric, value: [at, text(found.value(g, at))] })) } });
      return true;
    }
    const [start, end, step] = ['start', 'end', 'step'].map((key) => Number(params.get(key)));
    const result = (found?.groups ?? []).map((group) => {
      const values = [];
      for (let t = start; t <= end; t += step) {
        // Ten minutes in which nothing arrived, to see a gap.
        if (t % 7200 > 4000 && t % 7200 < 4500 && expression.includes('nodejs')) continue;
        if (t * 1000 > Date.now()) break;
        values.push([t, text(found.value(group, t))]);
      }
      return { metric: group.metric, values };
    });
    send(res, 200, { status: 'success', data: { ...stats, resultType: 'matrix', result } });
    return true;
  }
  if (path === 'query_exemplars') {
    // One in fifty traces of the range, slower ones rarer.
    const [start, end] = ['start', 'end'].map((key) => Number(params.get(key)) * 1000);
    const every = Math.max(1, Math.round((end - start) / 4000 / 60));
    const numbers = expression.includes('_bucket') ? traceNumbers(start, Math.min(end, Date.now())).filter((n) => n % every === 0) : [];
    const labels = (n) => ({ __name__: 'traces_spanmetrics_latency_bucket', service: 'gateway', span_name: 'GET /items', status_code: chance('failed', n) < 0.1 ? 'STATUS_CODE_ERROR' : 'STATUS_CODE_UNSET' });
    send(res, 200, { status: 'success', data: numbers.map((n) => ({ seriesLabels: labels(n), exemplars: [{ labels: { traceID: traceIdOf(n) }, value: String(0.01 + 0.4 * chance('slow', n) ** 4), timestamp: n * 4 }] })) });
    return true;
  }
  if (path === 'status/tsdb') {
    const top = (counts) => Object.entries(counts).map(([name, value]) => ({ name, value })).sort((a, b) => b.value - a.value).slice(0, Number(params.get('limit') ?? 10));
    const all = Object.keys(METRICS).flatMap(seriesOf);
    const byMetric = {};
    for (const { __name__ } of all) byMetric[__name__] = (byMetric[__name__] ?? 0) + 1;
    send(res, 200, { status: 'success', data: { headStats: { numSeries: all.length }, seriesCountByMetricName: top(byMetric), labelValueCountByLabelName: [], seriesCountByLabelValuePair: [] } });
    return true;
  }
  if (path === 'metadata') {
    const known = Object.fromEntries(Object.entries(METRICS).map(([name, [type, help]]) => [name.replace(/_(bucket|count|sum)$/, ''), [{ type, help, unit: '' }]]));
    send(res, 200, { status: 'success', data: known });
    return true;
  }
  const selector = selectorsOf(params.get('match[]') ?? '')[0];
  const series = (selector ? [selector.name] : Object.keys(METRICS)).flatMap(seriesOf).filter((labels) => !selector || matches(labels, selector.matchers));
  const values = /^label\/(\w+)\/values$/.exec(path);
  if (values) send(res, 200, { status: 'success', data: [...new Set(series.map((labels) => labels[values[1]]).filter(Boolean))].sort() });
  else if (path === 'labels') send(res, 200, { status: 'success', data: [...new Set(series.flatMap((labels) => Object.keys(labels)))].sort() });
  else if (path === 'series') send(res, 200, { status: 'success', data: series });
  else return false;
  return true;
}

