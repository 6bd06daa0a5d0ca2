import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { within } from './wait.mjs';

/** What has to be undone however the tests end; each a synchronous function. */
const undo = new Set();
process.on('exit', () => {
  for (const action of [...undo].reverse()) action();
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));

/** Registers an action for the end of the process; returns a function that takes it back. */
export function atExit(action) {
  undo.add(action);
  return () => undo.delete(action);
}

/** A new folder that is gone when the tests end, unless TRIPTYCH_TEST_KEEP is set. */
export function newFolder(name) {
  const folder = mkdtempSync(join(tmpdir(), `triptych-${name}-`));
  if (!process.env.TRIPTYCH_TEST_KEEP) atExit(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  return folder;
}

/**
 * Ports on loopback that nothing listens on, all different. Below those that the kernel gives to whoever connects, so that they are still free when a
 * server takes them a while later, or again after a restart.
 */
export async function freePorts(count) {
  const ports = new Set();
  while (ports.size < count) {
    const port = 10_000 + Math.floor(Math.random() * 10_000);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

function isFree(port) {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** A child process that does not outlive the tests. `output()` is the end of what it wrote. */
export class Child {
  #process;
  #output = '';
  #forget;

  constructor(command, args, options = {}) {
    this.name = command.split('/').at(-1);
    this.#process = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    const keep = (text) => (this.#output = (this.#output + text).slice(-200_000));
    this.#process.stdout?.setEncoding('utf8').on('data', keep);
    this.#process.stderr?.setEncoding('utf8').on('data', keep);
    this.exited = new Promise((resolve) => {
      this.#process.once('error', (error) => resolve({ code: null, signal: null, error }));
      this.#process.once('close', (code, signal) => resolve({ code, signal, error: null }));
    });
    this.#forget = atExit(() => this.#process.kill('SIGKILL'));
    void this.exited.then((how) => {
      this.ended = how;
      this.#forget();
    });
  }

  ended = null;

  output() {
    return this.#output;
  }

  send(signal) {
    this.#process.kill(signal);
  }

  /** Sends a signal and returns how the process ended; one that stays longer is killed, which fails. */
  async end(signal = 'SIGTERM', seconds = 10) {
    if (this.ended) return this.ended;
    this.#process.kill(signal);
    try {
      return await within(`${this.name} after ${signal}`, seconds, this.exited);
    } catch (error) {
      this.#process.kill('SIGKILL');
      throw new Error(`${error.message}; its output ends: ${this.#output.slice(-2000)}`);
    }
  }
}

/** Runs a command to its end; fails unless it ends with 0. Returns what it wrote to standard output. */
export async function runToEnd(command, args, { seconds = 60, ...options } = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const forget = atExit(() => child.kill('SIGKILL'));
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (err += text));
  // 'exit' and not 'close': a daemon that the command leaves behind keeps its pipes open.
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => setTimeout(() => resolve({ code, signal }), 50));
  });
  const what = `${command.split('/').at(-1)} ${args.join(' ')}`;
  try {
    const { code, signal } = await within(what, seconds, ended);
    if (code !== 0) throw new Error(`${what} ended with ${code ?? signal}: ${(err + out).slice(-2000)}`);
    return out;
  } finally {
    child.kill('SIGKILL');
    child.stdout.destroy();
    child.stderr.destroy();
    forget();
  }
}
