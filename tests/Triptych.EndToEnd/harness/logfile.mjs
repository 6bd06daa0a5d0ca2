import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { within } from './wait.mjs';

const PAUSE_MS = 10;
const MOST_LINES_AT_ONCE = 3;
/** One line in so many tells no time, so that the server has to remember when it read it. */
const PLAIN_ONE_IN = 4;

/** An application's log file that is written all the time, whatever becomes of its reader, and rotated as by logrotate: renamed, written on for a moment, then begun anew. */
export class LogFile {
  /** Every line that is whole on the disk, in order. */
  lines = [];
  /** Number of the first line of the file as it is now. */
  firstOfFile = 0;
  rotations = 0;
  #isRunning = false;
  #loop = Promise.resolve();

  constructor(path, seed) {
    this.path = path;
    this.seed = seed;
    mkdirSync(dirname(path), { recursive: true });
    this.#open();
  }

  start() {
    this.#isRunning = true;
    this.#loop = this.#run();
  }

  async stop() {
    this.#isRunning = false;
    await within('the writer of the log file to stop', 20, this.#loop);
  }

  /** The old name leads to a new file afterwards; the last lines of the old file come when it already has its new name. */
  rotate() {
    renameSync(this.path, `${this.path}.${++this.rotations}`);
    for (let i = 0; i < 5; i++) this.#write();
    closeSync(this.handle);
    this.#open();
  }

  close() {
    closeSync(this.handle);
  }

  #open() {
    this.handle = openSync(this.path, 'a');
    this.firstOfFile = this.lines.length;
  }

  async #run() {
    while (this.#isRunning) {
      for (let i = 0; i <= this.lines.length % MOST_LINES_AT_ONCE; i++) this.#write();
      await sleep(PAUSE_MS);
    }
  }

  /** In two writes, so that a reader meets lines without their end. */
  #write() {
    const n = this.lines.length;
    const text = `tailed ${n} of seed ${this.seed} ${createHash('sha256').update(`${this.seed} ${n}`).digest('hex')}`;
    const line = n % PLAIN_ONE_IN === 0 ? text : JSON.stringify({ time: new Date().toISOString(), level: 'info', msg: text });
    const half = 1 + (n % (line.length - 1));
    writeSync(this.handle, line.slice(0, half));
    writeSync(this.handle, `${line.slice(half)}\n`);
    this.lines.push(line);
  }
}
