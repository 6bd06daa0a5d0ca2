// Loki's API over log lines that are computed from the time they stand at, so that any range can be asked for. Lines of the
// shop's services name the traces of mock/traces.mjs: by structured metadata, in JSON, in logfmt and in plain text.
import { chance, spansOf, traceIdOf, traceNumbers } from './traces.mjs';

const MAX_LINES = 200_000;

/** Every record in [startMs, endMs): `{nanos, stream, metadata, line, level}`, oldest first. */
function* records(startMs, endMs) {
  let previous = startMs;
  for (const n of traceNumbers(startMs - 4000, endMs)) {
    const t = n * 4000;
    const id = traceIdOf(n);
    const spans = spansOf(n);
    const root = spans[0];
    const took = (root.end / 1000).toFixed(1);
    const status = root.error ? 500 : 200;
    const list = [
      [
        0.2,
        'gateway',
        'info',
        JSON.stringify({
          level: 30,
          time: t,
          pid: 4242,
          hostname: 'shop-1',
          name: 'gateway',
          trace_id: id,
          span_id: root.id,
          trace_flags: '01',
          req: {
            id: n % 9999,
            method: root.name.split(' ')[0],
            url: root.name.split(' ')[1],
            headers: { host: 'shop.local', 'user-agent': 'k6/0.52.0' },
          },
          msg: 'request started',
        }),
        {},
      ],
      [
        root.end / 1000,
        'gateway',
        root.error ? 'error' : 'info',
        JSON.stringify({
          level: root.error ? 50 : 30,
          time: t,
          pid: 4242,
          hostname: 'shop-1',
          name: 'gateway',
          trace_id: id,
          res: { statusCode: status },
          responseTime: Number(took),
          msg: root.error ? 'request errored' : 'request completed',
        }),
        {},
      ],
      [
        2.4,
        'orders',
        'info',
        `order ${n % 100000} accepted for customer ${Math.floor(chance('c', n) * 5000)}`,
        { trace_id: id, span_id: spans[4].id, severity_text: 'INFO', scope_name: 'orders' },
      ],
      [
        5.1,
        'stock',
        'debug',
        `ts=${new Date(t + 5).toISOString()} level=debug msg="stock reserved" sku=SKU-${100 + (n % 77)} quantity=${1 + (n % 5)} warehouse=HAM-2 traceID=${id}`,
        {},
      ],
    ];
    if (root.error)
      list.push([
        root.end / 1000 - 2,
        'orders',
        'error',
        'could not place order: PostgresError: could not serialize access due to concurrent update\n    at Parser.parseErrorMessage (/app/node_modules/pg-protocol/dist/parser.js:283:98)\n    at processTicksAndRejections (node:internal/process/task_queues:95:5)',
        { trace_id: id, span_id: spans[4].id, severity_text: 'ERROR', scope_name: 'orders', exception_type: 'PostgresError' },
      ]);
    if (n % 9 === 0)
      list.push([
        900,
        'nginx',
        'warn',
        `2026/11/21 12:00:00 [warn] 31#31: *${n % 99999} upstream server temporarily disabled while connecting to upstream, client: 10.0.3.${n % 250}, server: shop.local, request: "GET /products HTTP/1.1", upstream: "http://127.0.0.1:3000/products"`,
        {},
      ]);
    if (n % 3 === 0)
      list.push([
        1500,
        'postgres',
        'unknown',
        `${new Date(t).toISOString().replace('T', ' ').slice(0, 23)} UTC [812] LOG:  checkpoint complete: wrote ${n % 812} buffers (0.5%); 0 WAL file(s) added, 0 removed, 1 recycled; write=4.021 s, sync=0.003 s`,
        {},
      ]);
    for (const [offset, app, level, line, metadata] of list.sort((a, b) => a[0] - b[0])) {
      const at = t + offset;
      if (at < startMs || at >= endMs) continue;
      previous = at;
      yield {
        nanos: (BigInt(Math.floor(at * 1000)) * 1000n + BigInt(n % 1000)).toString(),
        ms: at,
        level,
        line,
        stream: {
          service_name: app,
          host: 'shop-1',
          ...(app === 'orders' ? { deployment_environment: 'demo' } : { filename: `/var/log/pm2/${app}-out.log` }),
        },
        metadata: { ...metadata, detected_level: level },
      };
    }
  }
  return previous;
}

function unquote(text) {
  return text.startsWith('`') ? text.slice(1, -1) : JSON.parse(text);
}

const STRING = '("(?:[^"\\\\]|\\\\.)*"|`[^`]*`)';

/** A predicate over records for the parts of LogQL that the pages use; throws a parse error as Loki words it. */
function compile(query) {
  const selector = /^\s*\{([^}]*)\}/.exec(query);
  if (!selector) throw new Error('parse error at line 1, col 1: syntax error: unexpected IDENTIFIER, expecting {');
  const tests = [];
  const compare = (op, value, read) => {
    if (op === '=') return (r) => read(r) === value;
    if (op === '!=') return (r) => read(r) !== value;
    const pattern = new RegExp(`^(?:${value})$`, 's');
    return op === '=~' ? (r) => pattern.test(read(r)) : (r) => !pattern.test(read(r));
  };
  for (const m of selector[1].matchAll(new RegExp(`(\\w+)\\s*(=~|!~|!=|=)\\s*${STRING}`, 'g')))
    tests.push(compare(m[2], unquote(m[3]), (r) => r.stream[m[1]] ?? ''));
  if (tests.length === 0)
    throw new Error('parse error : queries require at least one regexp or equality matcher that does not have an empty-compatible value');
  let rest = query.slice(selector[0].length);
  const stage = new RegExp(`^\\s*(?:(\\|=|!=|\\|~|!~|\\|>|!>)\\s*${STRING}|\\|\\s*(json|logfmt)\\b|\\|\\s*(\\w+)\\s*(=~|!~|!=|=)\\s*${STRING})`);
  while (rest.trim() !== '') {
    const m = stage.exec(rest);
    if (!m)
      throw new Error(
        `parse error at line 1, col ${query.length - rest.length + 2}: syntax error: unexpected ${rest.trim().split(/\s/)[0]}`,
      );
    if (m[1]) {
      const text = unquote(m[2]);
      const has = m[1].endsWith('>') ? (r) => new RegExp(text.split('<_>').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*'), 's').test(r.line) : m[1].endsWith('~') ? (r) => new RegExp(text).test(r.line) : (r) => r.line.includes(text);
      tests.push(m[1].startsWith('!') ? (r) => !has(r) : has);
    } else if (m[4]) {
      tests.push(compare(m[5], unquote(m[6]), (r) => r.metadata[m[4]] ?? r.stream[m[4]] ?? parsedField(r.line, m[4]) ?? ''));
    }
    rest = rest.slice(m[0].length);
  }
  return (r) => tests.every((test) => test(r));
}

function parsedField(line, label) {
  if (line.startsWith('{')) {
    const flat = (value, path) =>
      Object.entries(value).flatMap(([k, v]) =>
        v && typeof v === 'object' ? flat(v, [...path, k]) : [[[...path, k].join('_').replace(/\W/g, '_'), String(v)]],
      );
    return Object.fromEntries(flat(JSON.parse(line), []))[label];
  }
  return new RegExp(`(?:^|\\s)${label}=(\\S+)`).exec(line)?.[1];
}

function millis(text) {
  if (!text) return null;
  if (/^\d+$/.test(text)) return text.length <= 10 ? Number(text) * 1000 : Number(text) / 1e6;
  return Number.isNaN(Number(text)) ? Date.parse(text) : Number(text) * 1000;
}

function lines(query, params, startMs, endMs) {
  const test = compile(query);
  const limit = Number(params.get('limit') ?? 100);
  const backward = params.get('direction') !== 'forward';
  let found = [];
  // Windows that grow, so that the newest lines do not cost the whole range.
  for (let width = 60_000, edge = backward ? endMs : startMs; backward ? edge > startMs : edge < endMs; width *= 2) {
    const [from, to] = backward ? [Math.max(startMs, edge - width), edge] : [edge, Math.min(endMs, edge + width)];
    const window = [];
    for (const r of records(from, to)) if (test(r)) window.push(r);
    found = found.concat(backward ? window.reverse() : window);
    edge = backward ? from : to;
    if (found.length >= limit || found.length > MAX_LINES) break;
  }
  found = found.slice(0, limit);
  const streams = new Map();
  for (const r of found) {
    const key = JSON.stringify(r.stream);
    if (!streams.has(key)) streams.set(key, { stream: r.stream, values: [] });
    streams.get(key).values.push([r.nanos, r.line, { structuredMetadata: r.metadata }]);
  }
  return {
    resultType: 'streams',
    encodingFlags: ['categorize-labels'],
    result: [...streams.values()],
    stats: { summary: { totalBytesProcessed: found.length * 812 + 40_000, totalLinesProcessed: found.length * 3, execTime: 0.042 } },
  };
}

function metric(query, params, startMs, endMs) {
  const by =
    /sum\s+by\s*\(([^)]*)\)/
      .exec(query)?.[1]
      .split(',')
      .map((s) => s.trim())
      .filter(Boolean) ?? (/^\s*sum\b/.test(query) ? [] : null);
  const inner = /(count_over_time|rate)\s*\((.*)\[(\d+)(ms|s|m|h)\]\s*\)/s.exec(query);
  if (!inner) throw new Error('parse error : this stand-in knows count_over_time and rate only');
  const rangeMs = Number(inner[3]) * { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[inner[4]];
  const stepText = params.get('step') ?? '60';
  const stepMs = /ms$/.test(stepText) ? parseFloat(stepText) : parseFloat(stepText) * 1000;
  const test = compile(inner[2].trim());
  const series = new Map();
  for (const r of records(startMs - rangeMs, endMs)) {
    if (!test(r)) continue;
    const labels = { ...r.stream, ...r.metadata };
    const metricLabels = by ? Object.fromEntries(by.map((name) => [name, labels[name] ?? '']).filter(([, v]) => v)) : r.stream;
    const key = JSON.stringify(metricLabels);
    if (!series.has(key)) series.set(key, { metric: metricLabels, counts: new Map() });
    const { counts } = series.get(key);
    for (let t = startMs + Math.max(0, Math.ceil((r.ms - startMs) / stepMs)) * stepMs; t < r.ms + rangeMs && t <= endMs; t += stepMs)
      counts.set(t, (counts.get(t) ?? 0) + 1);
  }
  const scale = inner[1] === 'rate' ? 1000 / rangeMs : 1;
  return {
    resultType: 'matrix',
    result: [...series.values()].map((s) => ({
      metric: s.metric,
      values: [...s.counts].sort((a, b) => a[0] - b[0]).map(([t, c]) => [t / 1000, String(c * scale)]),
    })),
    stats: { summary: { totalBytesProcessed: 900_000, totalLinesProcessed: 4000, execTime: 0.02 } },
  };
}

/** Lines that are equal where they hold no numbers, times and ids. */
function patterns(query, startMs, endMs, stepSeconds) {
  const test = compile(query);
  const found = new Map();
  for (const r of records(startMs, endMs)) {
    if (!test(r)) continue;
    const pattern = r.line.replace(/"(?:req|res)":\{[^}]*\}/g, '"req":<_>').replace(/[0-9a-f]{16,32}|\d[\d.:TZ-]*/g, '<_>').slice(0, 160);
    const level = r.metadata.detected_level ?? 'unknown';
    const key = `${level} ${pattern}`;
    if (!found.has(key)) found.set(key, { pattern, level, counts: new Map() });
    const { counts } = found.get(key);
    const at = Math.floor(r.ms / 1000 / stepSeconds) * stepSeconds;
    counts.set(at, (counts.get(at) ?? 0) + 1);
  }
  return [...found.values()].map(({ pattern, level, counts }) => ({ pattern, level, samples: [...counts] }));
}

/** @returns true when the request was one of Loki's and is answered. */
export async function handleLogs(url, res) {
  const { pathname, searchParams } = url;
  const json = (data, delayMs = 60) =>
    new Promise((done) =>
      setTimeout(() => {
        res.writeHead(200, { 'content-type': 'application/json' });
        res.end(JSON.stringify({ status: 'success', data }));
        done(true);
      }, delayMs),
    );
  const now = Date.now();
  const endMs = Math.min(now, millis(searchParams.get('end')) ?? now);
  const startMs = millis(searchParams.get('start')) ?? endMs - 3_600_000;
  if (pathname === '/loki/api/v1/query_range') {
    const query = searchParams.get('query') ?? '';
    try {
      const isMetric = /^\s*(sum|count_over_time|rate|avg|max|min|topk)/.test(query);
      return await json(
        isMetric
          ? metric(query, searchParams, startMs, millis(searchParams.get('end')) ?? endMs)
          : lines(query, searchParams, startMs, endMs),
        150,
      );
    } catch (error) {
      res.writeHead(400, { 'content-type': 'text/plain; charset=utf-8' });
      res.end(error.message);
      return true;
    }
  }
  if (pathname === '/loki/api/v1/query') {
    const at = (millis(searchParams.get('time')) ?? now) / 1000;
    return json({ resultType: 'vector', result: ['gateway', 'orders', 'stock', 'payments', 'mailer'].map((service_name, i) => ({ metric: { service_name }, value: [at, String(3.1 / (i + 1))] })) });
  }
  if (pathname === '/loki/api/v1/labels') return json(['deployment_environment', 'filename', 'host', 'service_name']);
  const values = /^\/loki\/api\/v1\/label\/([^/]+)\/values$/.exec(pathname);
  if (values) {
    const known = {
      service_name: ['gateway', 'nginx', 'orders', 'postgres', 'stock'],
      host: ['shop-1'],
      deployment_environment: ['demo'],
      filename: ['gateway', 'nginx', 'postgres', 'stock'].map((a) => `/var/log/pm2/${a}-out.log`),
    };
    return json(known[decodeURIComponent(values[1])] ?? []);
  }
  if (pathname === '/loki/api/v1/index/volume') {
    const label = searchParams.get('targetLabels');
    const test = compile(searchParams.get('query') ?? '{a="b"}');
    const sizes = new Map();
    for (const r of records(startMs, endMs)) if (test(r) && r.stream[label]) sizes.set(r.stream[label], (sizes.get(r.stream[label]) ?? 0) + r.line.length);
    return json({ resultType: 'vector', result: [...sizes].sort((a, b) => b[1] - a[1]).map(([value, size]) => ({ metric: { [label]: value }, value: [endMs / 1000, String(size)] })) });
  }
  if (pathname === '/loki/api/v1/patterns') return json(patterns(searchParams.get('query') ?? '{a="b"}', startMs, endMs, parseFloat(searchParams.get('step') ?? '60')));
  if (pathname === '/loki/api/v1/series') return json([{ service_name: 'gateway', host: 'shop-1' }]);
  return false;
}
