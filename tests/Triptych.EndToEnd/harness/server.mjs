import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child, freePorts, newFolder } from './processes.mjs';
import { waitFor } from './wait.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
export const binary = resolve(process.env.TRIPTYCH_SERVER ?? join(root, '.build/server/triptych'));
const PORTS = ['ui', 'prometheus', 'loki', 'tempo', 'otlpGrpc', 'otlpHttp'];
const SETTINGS = { ui: 'ui_port', prometheus: 'prometheus_port', loki: 'loki_port', tempo: 'tempo_port', otlpGrpc: 'otlp_grpc_port', otlpHttp: 'otlp_http_port' };

/** The real server, in a folder of its own, on free ports. JSON is YAML, so that is what its configuration is written in. */
export class Server {
  #child = null;

  /** `config` is laid over ports and data directory: see src/Triptych.Server/Configuration/ServerConfig.cs. */
  static async create(name, config = {}) {
    if (!existsSync(binary)) throw new Error(`no server at ${binary}: build it with ./triptych, or set TRIPTYCH_SERVER`);
    const server = new Server();
    server.folder = newFolder(name);
    server.dataDir = join(server.folder, 'data');
    const ports = await freePorts(PORTS.length);
    server.ports = Object.fromEntries(PORTS.map((port, i) => [port, ports[i]]));
    server.configure(config);
    return server;
  }

  /** Takes effect with the next start. */
  configure(config) {
    const listen = Object.fromEntries(PORTS.map((port) => [SETTINGS[port], this.ports[port]]));
    mkdirSync(this.folder, { recursive: true });
    this.configFile = join(this.folder, 'triptych.yaml');
    writeFileSync(this.configFile, JSON.stringify({ data_dir: this.dataDir, listen, ...config }, null, 2));
  }

  /** `http://127.0.0.1:<port>` of one of ui, prometheus, loki, tempo, otlpGrpc, otlpHttp. */
  url(port) {
    return `http://127.0.0.1:${this.ports[port]}`;
  }

  /** Starts the process and does not wait for it. */
  launch() {
    const ui = join(root, 'web/dist');
    const env = { ...process.env };
    if (!existsSync(join(dirname(binary), 'ui')) && existsSync(ui)) env.TRIPTYCH_UI_DIR ??= ui;
    this.#child = new Child(binary, ['serve', '--config', this.configFile], { env, cwd: this.folder });
  }

  async start(seconds = 30) {
    this.launch();
    await this.ready(seconds);
  }

  /** Waits until every answer is complete: /-/ready is 200. */
  async ready(seconds = 30) {
    const child = this.#child;
    await waitFor(`the server to be ready (its output ends: ${child.output().slice(-500)})`, seconds, async () => {
      if (child.ended) return true;
      const response = await fetch(`${this.url('ui')}/-/ready`, { signal: AbortSignal.timeout(2000) });
      const text = await response.text();
      if (response.status !== 200) throw new Error(`/-/ready says ${response.status} ${text.trim()}`);
      return true;
    }, 30);
    if (child.ended) throw new Error(`the server ended with ${child.ended.code ?? child.ended.signal ?? child.ended.error}: ${child.output().slice(-2000)}`);
  }

  get isRunning() {
    return this.#child !== null && this.#child.ended === null;
  }

  output() {
    return this.#child?.output() ?? '';
  }

  /** kill -9. */
  async kill() {
    if (this.#child) await this.#child.end('SIGKILL', 10);
  }

  /** SIGTERM; returns the exit code. */
  async stop(seconds = 30) {
    return this.#child ? (await this.#child.end('SIGTERM', seconds)).code : 0;
  }
}
