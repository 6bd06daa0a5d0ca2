import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child, freePorts, newFolder } from './processes.mjs';
import { waitFor } from './wait.mjs';

/** The newest release of Prometheus there is: that of TRIPTYCH_TEST_PROMETHEUS, which ./test sets, or the installed one. */
export const newestPrometheus = () => process.env.TRIPTYCH_TEST_PROMETHEUS || 'prometheus';

/** A running Prometheus, in a folder of its own. */
export class Prometheus {
  #child;

  /** `config` is its configuration file, `flags` come beside those that it needs. */
  static async start(name, { command = newestPrometheus(), config = {}, flags = [] } = {}) {
    const peer = new Prometheus();
    const folder = newFolder(name);
    const [port] = await freePorts(1);
    peer.url = `http://127.0.0.1:${port}`;
    peer.version = Prometheus.versionOf(command);
    mkdirSync(join(folder, 'data'));
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
    const own = [`--config.file=${join(folder, 'prometheus.yml')}`, `--storage.tsdb.path=${join(folder, 'data')}`, `--web.listen-address=127.0.0.1:${port}`, '--log.level=warn'];
    peer.#child = new Child(command, [...own, ...flags]);
    await waitFor(`prometheus to be ready (${peer.output().slice(-500)})`, 30, async () => {
      const { ended } = peer.#child;
      if (ended) throw new Error(`it ended: ${ended.error?.message ?? peer.output().slice(-1000)}; apt-get install -y prometheus`);
      return (await fetch(`${peer.url}/-/ready`)).ok;
    });
    return peer;
  }

  /** `{major, minor, text}` of a release. */
  static versionOf(command) {
    const { stdout, stderr } = spawnSync(command, ['--version'], { encoding: 'utf8' });
    const found = /version (\d+)\.(\d+)\.\S*/.exec(`${stdout}${stderr}`);
    if (!found) throw new Error(`${command} tells no version: ${stderr}`);
    return { major: Number(found[1]), minor: Number(found[2]), text: found[0].slice('version '.length) };
  }

  output() {
    return this.#child?.output() ?? '';
  }

  stop() {
    return this.#child?.end('SIGTERM', 15);
  }
}
