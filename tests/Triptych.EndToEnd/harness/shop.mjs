import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { atExit, runToEnd } from './processes.mjs';

const folder = resolve(dirname(fileURLToPath(import.meta.url)), '../../../examples/shop');

/** examples/shop, started and stopped by its own scripts in a run folder of the caller's. */
export class Shop {
  #forget = () => {};

  constructor(runFolder) {
    this.runFolder = runFolder;
    this.logFolder = join(runFolder, 'pm2/logs');
  }

  /** `ports` are those of gateway, orders, stock; of OpenTelemetry's variables only the endpoint is set, and the protocol where it is not the SDK's own choice. */
  async start({ ports, endpoint, protocol }) {
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('OTEL_') && !name.startsWith('SHOP_')));
    this.env = {
      ...env,
      SHOP_RUN: this.runFolder,
      SHOP_GATEWAY_PORT: String(ports[0]),
      SHOP_ORDERS_PORT: String(ports[1]),
      SHOP_STOCK_PORT: String(ports[2]),
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      ...(protocol ? { OTEL_EXPORTER_OTLP_PROTOCOL: protocol } : {}),
    };
    this.#forget = atExit(() => spawnSync(join(folder, 'stop.sh'), { env: this.env, timeout: 30_000 }));
    await runToEnd(join(folder, 'start.sh'), [], { env: this.env, seconds: existsSync(join(folder, 'node_modules')) ? 60 : 240 });
  }

  /** Runs the load; returns {kind, status, expected, traceId, durationMs} for each request. */
  async load({ count, seed }) {
    const out = await runToEnd(process.execPath, [join(folder, 'load.mjs'), '--count', String(count), '--seed', String(seed), '--seconds', '60', '--json'], { env: this.env, seconds: 90 });
    return out.trim().split('\n').map((line) => JSON.parse(line));
  }

  async stop() {
    if (this.env) await runToEnd(join(folder, 'stop.sh'), [], { env: this.env, seconds: 40 });
    this.#forget();
  }
}
