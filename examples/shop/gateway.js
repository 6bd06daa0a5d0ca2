'use strict';
// The shop's front: takes requests from outside, asks orders and stock, and has a /metrics endpoint to be scraped.
const { trace } = require('@opentelemetry/api');
const { Counter, Histogram, collectDefaultMetrics, register } = require('prom-client');
const { createLogger } = require('./logs.js');
const { ask, serve } = require('./service.js');

const logger = createLogger();
const orders = process.env.SHOP_ORDERS_URL;
const stock = process.env.SHOP_STOCK_URL;

collectDefaultMetrics();
const labelNames = ['method', 'route', 'status'];
const requests = new Counter({ name: 'shop_requests_total', help: 'Requests that the gateway has answered.', labelNames });
const durations = new Histogram({
  name: 'shop_request_duration_seconds',
  help: 'Time until the gateway has answered a request.',
  labelNames,
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
});

/** Counts and times each answer, writes its line, and tells the caller the trace to look for. */
function observe(request, response, next) {
  const began = process.hrtime.bigint();
  const span = trace.getActiveSpan();
  if (span) response.setHeader('x-trace-id', span.spanContext().traceId);
  response.on('finish', () => {
    const seconds = Number(process.hrtime.bigint() - began) / 1e9;
    const labels = { method: request.method, route: request.route?.path ?? 'none', status: String(response.statusCode) };
    requests.inc(labels);
    durations.observe(labels, seconds);
    const level = response.statusCode >= 500 ? 'error' : response.statusCode >= 400 ? 'warn' : 'info';
    logger[level]({ ...labels, durationMs: Math.round(seconds * 1e3) }, 'request served');
  });
  next();
}

serve({
  port: Number(process.env.SHOP_PORT),
  logger,
  routes: (app) => {
    app.get('/metrics', async (_request, response) => {
      response.type(register.contentType).send(await register.metrics());
    });
    app.use(observe);
    app.get('/products', async (_request, response) => response.json(await ask(`${stock}/products`)));
    app.post('/orders', async (request, response) => response.status(201).json(await ask(`${orders}/orders`, request.body ?? {})));
  },
});
