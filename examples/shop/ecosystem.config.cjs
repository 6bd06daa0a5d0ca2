'use strict';
// PM2 runs the three services; what they write to standard output becomes <PM2_HOME>/logs/<app>-out.log and <app>-error.log.
const path = require('node:path');

const port = (variable, usual) => Number(process.env[variable] ?? usual);
const ports = {
  gateway: port('SHOP_GATEWAY_PORT', 8100),
  orders: port('SHOP_ORDERS_PORT', 8101),
  stock: port('SHOP_STOCK_PORT', 8102),
};

function service(name, extra = {}) {
  return {
    name,
    script: path.join(__dirname, `${name}.js`),
    cwd: __dirname,
    exec_mode: 'fork',
    // The one line that gives a Node.js program its telemetry.
    node_args: ['--require', path.join(__dirname, 'telemetry.js')],
    // Lines stay the JSON that pino writes, in one file an app, whatever number PM2 gives it.
    merge_logs: true,
    // PM2's own probes would take hold of the same functions as OpenTelemetry's.
    pmx: false,
    vizion: false,
    kill_timeout: 8000,
    max_restarts: 5,
    min_uptime: 2000,
    env: {
      OTEL_SERVICE_NAME: name,
      OTEL_EXPORTER_OTLP_ENDPOINT: process.env.OTEL_EXPORTER_OTLP_ENDPOINT ?? 'http://127.0.0.1:4318',
      SHOP_PORT: ports[name],
      SHOP_ORDERS_URL: `http://127.0.0.1:${ports.orders}`,
      SHOP_STOCK_URL: `http://127.0.0.1:${ports.stock}`,
    },
    ...extra,
  };
}

module.exports = { apps: [service('stock'), service('orders', { args: ['--logs=otlp'] }), service('gateway')] };
