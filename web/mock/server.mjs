// A server with generated data behind every endpoint that the pages use: for developing and looking at them, nothing else.
//   node mock/server.mjs [port]     PORT=4999 by default, 127.0.0.1
//   EMPTY=1                         nothing has arrived yet
//   ARRIVE=5                        … and after 5 s the first of each kind does
// It also serves web/dist when that was built.

import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { handleDashboards } from './dashboards.mjs';
import { handleLogs } from './logs.mjs';
import { handleMetrics } from './metrics.mjs';
import { handleOperations } from './operations.mjs';
import { handleTraces } from './traces.mjs';

const port = Number(process.argv[2] ?? process.env.PORT ?? 4999);
const dist = fileURLToPath(new URL('../dist', import.meta.url));
const startedMs = Date.now();
const arriveAfterMs = process.env.ARRIVE ? Number(process.env.ARRIVE) * 1000 : Infinity;
const isEmpty = () => Boolean(process.env.EMPTY) && Date.now() - startedMs < arriveAfterMs;
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };

function source(protocol, perSecond, refusedTotal, quietMs = 0) {
  const seconds = (Date.now() - startedMs) / 1000 + 86_400;
  if (isEmpty() && protocol !== 'host') return null;
  return { protocol, acceptedTotal: Math.floor(seconds * perSecond), refusedTotal, lateTotal: protocol === 'tail' ? 4812 : 0, delayMs: protocol === 'tail' ? 312_000 : 840, lastReceivedUnixMs: Date.now() - quietMs - Math.floor((Date.now() / 7) % 1500), perSecond };
}

function signal(...sources) {
  const found = sources.filter((one) => one !== null);
  return {
    acceptedTotal: found.reduce((sum, one) => sum + one.acceptedTotal, 0),
    perSecond: found.reduce((sum, one) => sum + one.perSecond, 0) * (0.85 + 0.3 * Math.abs(Math.sin(Date.now() / 9000)) + 0.05 * Math.random()),
    refusedTotal: found.reduce((sum, one) => sum + one.refusedTotal, 0),
    lastReceivedUnixMs: found.length === 0 ? null : Math.max(...found.map((one) => one.lastReceivedUnixMs)),
    sources: found.map(({ perSecond, ...rest }) => rest),
  };
}

function sourcesStatus() {
  return {
    signals: {
      metrics: signal(source('host', 58, 0), source('otlp_grpc', 240, 0), source('scrape', 312.4, 17), source('remote_write', 1180, 0, 2500)),
      logs: signal(source('otlp_http', 12, 0), source('tail', 41.5, 0), source('loki_push', 3.1, 204, 190_000)),
      traces: signal(source('otlp_grpc', 96, 3), source('otlp_http', 31, 0)),
    },
    listeners: [
      { port: 3000, purpose: 'Web UI and every API' },
      { port: 3100, purpose: 'Loki API' },
      { port: 3200, purpose: 'Tempo API' },
      { port: 4317, purpose: 'OTLP over gRPC and HTTP' },
      { port: 4318, purpose: 'OTLP over HTTP' },
      { port: 9090, purpose: 'Prometheus API' },
    ],
    version: '0.1.0-mock',
    startedUnixMs: startedMs - 86_400_000,
  };
}

async function answer(req, res) {
  const url = new URL(req.url, 'http://mock');
  const body = await new Promise((done) => {
    let text = '';
    req.on('data', (chunk) => (text += chunk)).on('end', () => done(text));
  });
  if (handleDashboards(req.method, url, body, res)) return;
  if (handleOperations(req.method, url, res)) return;
  const form = req.method === 'POST' ? [...new URLSearchParams(body)] : [];
  for (const [key, value] of form) url.searchParams.append(key, value);
  if (url.pathname === '/api/triptych/v1/status/sources') {
    res.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(sourcesStatus()));
    return;
  }
  if (url.pathname.startsWith('/api/') || url.pathname.startsWith('/loki/')) {
    if (isEmpty() && (url.search.includes('traces_') || url.pathname === '/loki/api/v1/query' || (!url.pathname.includes('/v1/query') && !url.search.includes('node_')))) {
      const isTempo = !url.pathname.includes('/v1/');
      res.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(isTempo ? {} : { status: 'success', data: url.pathname.includes('/v1/query') ? { resultType: url.pathname.endsWith('_range') ? 'matrix' : 'vector', result: [] } : [] }));
      return;
    }
    await new Promise((done) => setTimeout(done, 40));
    if (await handleMetrics(url, res)) return;
    if (url.pathname.startsWith('/loki/') ? (await handleLogs(url, res)) !== false : (await handleTraces(url, res)) !== false) return;
    if (!res.headersSent) res.writeHead(404, { 'Content-Type': 'text/plain' }).end('404 page not found');
    return;
  }
  const wanted = join(dist, normalize(url.pathname));
  const file = wanted.startsWith(dist) && existsSync(wanted) && statSync(wanted).isFile() ? wanted : join(dist, 'index.html');
  res.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream' });
  createReadStream(file).pipe(res);
}

createServer((req, res) => {
  answer(req, res).catch((error) => {
    console.error(error);
    if (!res.headersSent) res.writeHead(500, { 'Content-Type': 'text/plain' });
    res.end(String(error));
  });
}).listen(port, '127.0.0.1', () => console.log(`mock data on http://127.0.0.1:${port}`));
