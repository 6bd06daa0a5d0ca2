// Tempo's API over traces that are computed from their number: trace n starts n × 4 s after 1970 and its id ends in n, so that
// any range can be searched, any trace be fetched, and the log lines of mock/logs.mjs can name traces that exist.

const TRACE_EVERY_MS = 4000;
const SERVICES = ['gateway', 'orders', 'stock', 'payments', 'mailer'];
const ROUTES = ['GET /products', 'POST /orders', 'GET /orders/{id}', 'GET /cart', 'POST /checkout'];
/** Traces for special cases, by id. */
export const SPECIAL = {
  big: 'b16b00b5b16b00b5b16b00b5b16b00b5',
  orphans: '0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f',
  gap: '9a99a99a9a99a99a9a99a99a9a99a99a',
};

/** A number in [0, 1) that depends on its arguments only. */
export function chance(...keys) {
  let h = 2166136261;
  for (const key of keys.join('|')) h = Math.imul(h ^ key.charCodeAt(0), 16777619);
  h ^= h >>> 13;
  h = Math.imul(h, 0x5bd1e995);
  h ^= h >>> 15;
  return (h >>> 0) / 2 ** 32;
}

function hex(digits, ...keys) {
  let text = '';
  for (let i = 0; text.length < digits; i++)
    text += Math.floor(chance(i, ...keys) * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  return text.slice(0, digits);
}

export function traceIdOf(n) {
  return hex(20, 'trace', n) + n.toString(16).padStart(12, '0');
}

export function traceNumbers(startMs, endMs) {
  const numbers = [];
  for (let n = Math.ceil(startMs / TRACE_EVERY_MS); n * TRACE_EVERY_MS < endMs; n++) numbers.push(n);
  return numbers;
}

const attr = (key, value) => ({
  key,
  value:
    typeof value === 'number'
      ? Number.isInteger(value)
        ? { intValue: String(value) }
        : { doubleValue: value }
      : typeof value === 'boolean'
        ? { boolValue: value }
        : { stringValue: value },
});

/** Spans of trace n: `{id, parent, service, name, kind, start, end (µs after the trace's start), error, attributes, events}`. */
export function spansOf(n) {
  const spans = [];
  let next = 0;
  const slow = chance('slow', n) > 0.93 ? 6 : 1;
  const add = (parent, service, name, kind, start, duration, extra = {}) => {
    const span = {
      id: hex(16, 'span', n, next++),
      parent: parent?.id ?? '',
      service,
      name,
      kind,
      start,
      end: start + Math.max(40, Math.round(duration)),
      attributes: [],
      events: [],
      ...extra,
    };
    spans.push(span);
    return span;
  };
  const route = ROUTES[Math.floor(chance('route', n) * ROUTES.length)];
  const method = route.split(' ')[0];
  const failed = chance('fail', n) > 0.94;
  const total = (18_000 + chance('d', n) * 90_000) * slow;
  const root = add(null, 'gateway', route, 2, 0, total, {
    error: failed,
    attributes: [
      attr('http.request.method', method),
      attr('http.route', route.split(' ')[1]),
      attr('http.response.status_code', failed ? 500 : 200),
      attr('url.path', route.split(' ')[1].replace('{id}', String(n % 1000))),
      attr('user_agent.original', 'k6/0.52.0 (https://k6.io/)'),
      attr('network.protocol.version', '1.1'),
    ],
  });
  add(root, 'gateway', 'middleware - session', 1, 300, total * 0.03);
  add(root, 'gateway', 'middleware - rateLimit', 1, 300 + total * 0.035, total * 0.01);
  const call = add(root, 'gateway', `${method}`, 3, total * 0.06, total * 0.8, {
    error: failed,
    attributes: [attr('server.address', 'orders'), attr('server.port', 8081), attr('http.request.method', method)],
  });
  const orders = add(call, 'orders', route.replace('/', '/internal/'), 2, total * 0.07, total * 0.78, {
    error: failed,
    attributes: [attr('http.response.status_code', failed ? 500 : 200)],
  });
  let at = total * 0.09;
  const rows = 1 + Math.floor(chance('rows', n) * 4);
  for (let i = 0; i < rows; i++) {
    const length = total * 0.06;
    add(orders, 'orders', i === 0 ? 'pg.query:BEGIN orders' : 'pg.query:SELECT orders', 3, at, length * (i === 0 ? 0.3 : 1), {
      attributes: [
        attr('db.system.name', 'postgresql'),
        attr('db.namespace', 'shop'),
        attr('db.query.text', 'SELECT id, sku, quantity, price_cents, created_at FROM order_lines WHERE order_id = $1 ORDER BY id'),
        attr('db.response.returned_rows', Math.floor(chance('r', n, i) * 40)),
      ],
    });
    at += length * 1.1;
  }
  const stockCalls = 1 + Math.floor(chance('stock', n) * 3);
  for (let i = 0; i < stockCalls; i++) {
    const length = total * (0.12 + 0.1 * chance('sl', n, i));
    const client = add(orders, 'orders', 'POST', 3, at, length, { attributes: [attr('server.address', 'stock')] });
    const server = add(client, 'stock', 'POST /reserve', 2, at + length * 0.05, length * 0.9, {
      attributes: [attr('http.response.status_code', 200), attr('sku', `SKU-${100 + (n % 77)}`)],
    });
    add(server, 'stock', 'pg-pool.connect', 1, at + length * 0.08, length * 0.05);
    const broke = failed && i === stockCalls - 1;
    add(server, 'stock', 'pg.query:UPDATE stock', 3, at + length * 0.15, length * 0.7, {
      error: broke,
      statusMessage: broke ? 'could not serialize access due to concurrent update' : undefined,
      attributes: [
        attr('db.system.name', 'postgresql'),
        attr('db.query.text', 'UPDATE stock SET quantity = quantity - $1 WHERE sku = $2 AND quantity >= $1'),
      ],
      events: broke
        ? [
            {
              at: at + length * 0.8,
              name: 'exception',
              attributes: [
                attr('exception.type', 'PostgresError'),
                attr('exception.message', 'could not serialize access due to concurrent update'),
                attr(
                  'exception.stacktrace',
                  'PostgresError: could not serialize access due to concurrent update\n    at Parser.parseErrorMessage (/app/node_modules/pg-protocol/dist/parser.js:283:98)\n    at Parser.handlePacket (/app/node_modules/pg-protocol/dist/parser.js:122:29)\n    at Socket.<anonymous> (/app/node_modules/pg-protocol/dist/index.js:11:42)',
                ),
              ],
            },
          ]
        : [],
    });
    at += length * (i % 2 ? 0.4 : 1.02);
  }
  if (route.startsWith('POST')) {
    const pay = add(orders, 'orders', 'payments.v1.Payments/Charge', 3, at, total * 0.12, { attributes: [attr('rpc.system', 'grpc')] });
    add(pay, 'payments', 'payments.v1.Payments/Charge', 2, at + total * 0.01, total * 0.1, {
      attributes: [attr('payment.amount', 42.5), attr('payment.retry', false)],
    });
    const sent = add(orders, 'orders', 'mail.send publish', 4, total * 0.84, total * 0.005);
    add(sent, 'mailer', 'mail.send process', 5, total * 0.9, total * 0.25);
  }
  return spans;
}

function bigSpans(count) {
  const spans = [];
  for (let i = 0; i < count; i++) {
    const parent = i === 0 ? null : spans[Math.floor((i - 1) / 4)];
    const length = parent ? parent.end - parent.start : 60_000_000;
    const slot = (i - 1) % 4;
    const start = parent ? parent.start + length * (0.02 + slot * 0.24) : 0;
    spans.push({
      id: (i + 1).toString(16).padStart(16, '0'),
      parent: parent?.id ?? '',
      service: SERVICES[i % 5],
      name: `step ${i % 40}`,
      kind: 1,
      start,
      end: parent ? start + length * (0.1 + 0.14 * chance('big', i)) : 60_000_000,
      error: i % 997 === 996,
      attributes: [attr('index', i)],
      events: [],
    });
  }
  return spans;
}

function specialSpans(id) {
  if (id === SPECIAL.big) return bigSpans(100_000);
  if (id === SPECIAL.orphans) return spansOf(1234567).filter((s, i) => i !== 4 && i !== 0);
  if (id !== SPECIAL.gap) return null;
  const spans = spansOf(7654321);
  const last = spans[spans.length - 1];
  spans.push({
    ...last,
    id: 'aaaaaaaaaaaaaaa1',
    parent: last.id,
    service: 'mailer',
    name: 'retry after back-off',
    start: 31_000_000,
    end: 31_090_000,
    attributes: [],
    events: [],
  });
  spans.push({
    ...last,
    id: 'aaaaaaaaaaaaaaa2',
    parent: 'aaaaaaaaaaaaaaa1',
    service: 'mailer',
    name: 'smtp DATA',
    start: 31_020_000,
    end: 31_080_000,
    attributes: [],
    events: [],
  });
  return spans;
}

const base64 = (id) => Buffer.from(id, 'hex').toString('base64');

function traceJson(id, startMs, spans) {
  const nanos = (us) => (BigInt(Math.round(startMs)) * 1_000_000n + BigInt(Math.round(us * 1000))).toString();
  const byService = new Map();
  for (const span of spans) {
    if (!byService.has(span.service)) byService.set(span.service, []);
    byService.get(span.service).push(span);
  }
  return {
    trace: {
      resourceSpans: [...byService].map(([service, list]) => ({
        resource: {
          attributes: [
            attr('service.name', service),
            attr('service.namespace', 'shop'),
            attr('service.version', '1.4.2'),
            attr('host.name', 'shop-1'),
            attr('process.pid', 4242),
            attr('telemetry.sdk.language', 'nodejs'),
          ],
        },
        scopeSpans: [
          {
            scope: { name: '@opentelemetry/instrumentation-http', version: '0.57.1' },
            spans: list.map((s) => ({
              traceId: base64(id),
              spanId: base64(s.id),
              ...(s.parent ? { parentSpanId: base64(s.parent) } : {}),
              name: s.name,
              kind: ['', 'SPAN_KIND_INTERNAL', 'SPAN_KIND_SERVER', 'SPAN_KIND_CLIENT', 'SPAN_KIND_PRODUCER', 'SPAN_KIND_CONSUMER'][s.kind],
              startTimeUnixNano: nanos(s.start),
              endTimeUnixNano: nanos(s.end),
              attributes: s.attributes,
              ...(s.events.length
                ? { events: s.events.map((e) => ({ timeUnixNano: nanos(e.at), name: e.name, attributes: e.attributes })) }
                : {}),
              status: s.error ? { code: 'STATUS_CODE_ERROR', ...(s.statusMessage ? { message: s.statusMessage } : {}) } : {},
            })),
          },
        ],
      })),
    },
    metrics: { inspectedBytes: '18234' },
  };
}

function matches(span, q) {
  const holds = (pattern, test) => {
    const m = pattern.exec(q);
    return !m || test(m);
  };
  const seconds = (m) => parseFloat(m[2]) * { us: 1e-6, ms: 1e-3, s: 1, m: 60 }[m[3]];
  return (
    holds(/resource\.service\.name\s*=\s*"([^"]*)"/, (m) => span.service === m[1]) &&
    holds(/(?:^|[^.])\bname\s*=\s*"([^"]*)"/, (m) => /service\.name\s*=\s*"/.test(m[0]) || span.name === m[1]) &&
    holds(/status\s*=\s*error/, () => !!span.error) &&
    holds(/duration\s*(>=?)\s*([\d.]+)(us|ms|s|m)/, (m) => (span.end - span.start) / 1e6 >= seconds(m)) &&
    holds(/duration\s*(<=?)\s*([\d.]+)(us|ms|s|m)/, (m) => (span.end - span.start) / 1e6 <= seconds(m))
  );
}

function search(params) {
  const startMs = Number(params.get('start') ?? 0) * 1000;
  const endMs = Math.min(Date.now(), Number(params.get('end') ?? 0) * 1000 || Date.now());
  const limit = Number(params.get('limit') ?? 20);
  const traces = [];
  for (const n of traceNumbers(startMs || endMs - 3_600_000, endMs).reverse()) {
    const spans = spansOf(n);
    const found = spans.filter((s) => matches(s, params.get('q') ?? ''));
    if (found.length === 0) continue;
    const serviceStats = {};
    for (const s of spans) {
      const stats = (serviceStats[s.service] ??= { spanCount: 0 });
      stats.spanCount++;
      if (s.error) stats.errorCount = (stats.errorCount ?? 0) + 1;
    }
    const startNanos = (us) => (BigInt(n * TRACE_EVERY_MS) * 1_000_000n + BigInt(Math.round(us * 1000))).toString();
    traces.push({
      traceID: traceIdOf(n).replace(/^0+/, ''),
      rootServiceName: spans[0].service,
      rootTraceName: spans[0].name,
      startTimeUnixNano: startNanos(0),
      durationMs: Math.round(Math.max(...spans.map((s) => s.end)) / 1000),
      spanSets: [
        {
          spans: found
            .slice(0, 3)
            .map((s) => ({
              spanID: s.id,
              name: s.name,
              startTimeUnixNano: startNanos(s.start),
              durationNanos: String((s.end - s.start) * 1000),
            })),
          matched: found.length,
        },
      ],
      serviceStats,
    });
    if (traces.length >= limit) break;
  }
  return { traces, metrics: { inspectedTraces: 900, inspectedBytes: '1838201', inspectedSpans: '14322' } };
}

const SPAN_TAGS = [
  'http.request.method',
  'http.response.status_code',
  'http.route',
  'url.path',
  'db.system.name',
  'db.query.text',
  'rpc.system',
  'server.address',
  'sku',
];
const RESOURCE_TAGS = ['service.name', 'service.namespace', 'service.version', 'host.name', 'process.pid', 'telemetry.sdk.language'];

function tagValues(tag) {
  const strings = (...values) => values.map((value) => ({ type: 'string', value }));
  if (tag === 'resource.service.name') return strings(...SERVICES);
  if (tag === 'name') return strings(...ROUTES, 'pg.query:SELECT orders', 'pg.query:UPDATE stock', 'POST /reserve');
  if (tag.endsWith('status_code'))
    return [
      { type: 'int', value: '200' },
      { type: 'int', value: '500' },
    ];
  if (tag.endsWith('http.request.method')) return strings('GET', 'POST');
  return strings('one', 'two');
}

/** @returns true when the request was one of Tempo's and is answered. */
export async function handleTraces(url, res) {
  const { pathname, searchParams } = url;
  const json = (body, delayMs = 60) =>
    new Promise((done) =>
      setTimeout(() => {
        res.writeHead(200, { 'content-type': 'application/json' });
        res.end(JSON.stringify(body));
        done(true);
      }, delayMs),
    );
  const byId = /^\/api(?:\/v2)?\/traces\/([0-9a-f]+)$/.exec(pathname);
  if (byId) {
    const id = byId[1].padStart(32, '0');
    const special = specialSpans(id);
    if (special) return json(traceJson(id, Date.now() - 90_000, special));
    const n = parseInt(id.slice(20), 16);
    if (traceIdOf(n) !== id) return json({ trace: {}, metrics: {} });
    return json(traceJson(id, n * TRACE_EVERY_MS, spansOf(n)));
  }
  if (pathname === '/api/search') {
    const q = searchParams.get('q') ?? '';
    if (!q.trim().startsWith('{')) {
      res.writeHead(400, { 'content-type': 'text/plain' });
      res.end(`invalid TraceQL query: parse error at line 1, col 1: syntax error: unexpected IDENTIFIER`);
      return true;
    }
    return json(search(searchParams), 120);
  }
  if (pathname === '/api/v2/search/tags') {
    return json({
      scopes: [
        { name: 'resource', tags: RESOURCE_TAGS },
        { name: 'span', tags: SPAN_TAGS },
        {
          name: 'intrinsic',
          tags: ['duration', 'kind', 'name', 'status', 'statusMessage', 'rootName', 'rootServiceName', 'traceDuration'],
        },
      ],
      metrics: {},
    });
  }
  const values = /^\/api\/v2\/search\/tag\/([^/]+)\/values$/.exec(pathname);
  if (values) return json({ tagValues: tagValues(decodeURIComponent(decodeURIComponent(values[1]))), metrics: {} });
  return false;
}
