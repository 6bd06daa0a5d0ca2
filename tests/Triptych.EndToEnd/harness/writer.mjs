import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { within } from './wait.mjs';

export const SIGNALS = ['metrics', 'logs', 'traces'];
/** Records of one request. */
export const SHARDS = 20;
export const LINES = 20;
export const SPANS = 5;
const STEP_MS = 10;
const START_AGO_MS = 3_600_000;

/** Time and content of each record follow from the writer and the number of its request, so that what was sent need not be kept. */
export const pointTimeMs = (writer, n) => writer.baseMs + n * STEP_MS;
export const logTimeNanos = (writer, n, i) => BigInt(writer.baseMs + n * STEP_MS) * 1_000_000n + BigInt(i) * 1000n;
export const lineOf = (writer, n, i) => `request ${n} line ${i} of seed ${writer.seed}: ${digest(writer, `line ${n} ${i}`)}`;
export const traceIdOf = (writer, n) => digest(writer, `trace ${n}`).slice(0, 32);
export const spanIdOf = (writer, n, i) => digest(writer, `span ${n} ${i}`).slice(0, 16);

function digest(writer, text) {
  return createHash('sha256').update(`${writer.seed} ${writer.baseMs} ${text}`).digest('hex');
}

const resource = (name) => ({ attributes: [{ key: 'service.name', value: { stringValue: name } }] });

const BODIES = {
  metrics: (writer, n) => ({
    resourceMetrics: [
      {
        resource: resource('kill-metrics'),
        scopeMetrics: [
          {
            metrics: [
              {
                name: 'kill_points',
                gauge: {
                  dataPoints: Array.from({ length: SHARDS }, (_, i) => ({
                    timeUnixNano: String(BigInt(pointTimeMs(writer, n)) * 1_000_000n),
                    asInt: String(n),
                    attributes: [{ key: 'shard', value: { stringValue: String(i) } }],
                  })),
                },
              },
            ],
          },
        ],
      },
    ],
  }),
  logs: (writer, n) => ({
    resourceLogs: [
      {
        resource: resource('kill-logs'),
        scopeLogs: [
          {
            logRecords: Array.from({ length: LINES }, (_, i) => ({
              timeUnixNano: String(logTimeNanos(writer, n, i)),
              severityNumber: 9,
              body: { stringValue: lineOf(writer, n, i) },
              attributes: [{ key: 'request', value: { stringValue: String(n) } }],
            })),
          },
        ],
      },
    ],
  }),
  traces: (writer, n) => ({
    resourceSpans: [
      {
        resource: resource('kill-traces'),
        scopeSpans: [
          {
            spans: Array.from({ length: SPANS }, (_, i) => ({
              traceId: traceIdOf(writer, n),
              spanId: spanIdOf(writer, n, i),
              parentSpanId: i === 0 ? '' : spanIdOf(writer, n, i - 1),
              name: `step ${i}`,
              kind: 1,
              startTimeUnixNano: String(logTimeNanos(writer, n, i)),
              endTimeUnixNano: String(logTimeNanos(writer, n, i) + 5_000_000n),
            })),
          },
        ],
      },
    ],
  }),
};

/** Sends request after request of one signal as OTLP/JSON, and notes which were acknowledged. What got no answer is, half of the time, sent again until it does. */
export class Writer {
  /** Numbers of the requests that got a 2xx without a rejected record. */
  acknowledged = [];
  /** Answers that say no for good. */
  refusals = [];
  /** Requests begun: their numbers are below this. */
  sent = 0;
  lastFailure = 'none failed';
  #isRunning = false;
  #loop = Promise.resolve();

  constructor(baseUrl, signal, seed) {
    this.url = `${baseUrl}/v1/${signal}`;
    this.signal = signal;
    this.seed = seed;
    this.baseMs = Date.now() - START_AGO_MS;
  }

  start() {
    this.#isRunning = true;
    this.#loop = this.#run();
  }

  async stop() {
    this.#isRunning = false;
    await within(`the writer of ${this.signal} to stop`, 20, this.#loop);
  }

  async #run() {
    while (this.#isRunning) {
      const n = this.sent++;
      const body = JSON.stringify(BODIES[this.signal](this, n));
      const isPersistent = digest(this, `persistent ${n}`) < '8';
      while (!(await this.#post(n, body)) && isPersistent && this.#isRunning) await sleep(20);
      await sleep(4);
    }
  }

  /** Whether the request has its answer. */
  async #post(n, body) {
    try {
      const response = await fetch(this.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body, signal: AbortSignal.timeout(10_000) });
      const text = await response.text();
      if (response.ok) {
        const rejected = Object.entries(JSON.parse(text || '{}').partialSuccess ?? {}).find(([name, count]) => name.startsWith('rejected') && Number(count) > 0);
        if (rejected) this.refusals.push(`request ${n}: ${text}`);
        else this.acknowledged.push(n);
        return true;
      }
      this.lastFailure = `${response.status} ${text.slice(0, 200)}`;
      // What OTLP has a client send again; anything else is final.
      if ([429, 502, 503, 504].includes(response.status)) return false;
      this.refusals.push(`request ${n}: ${this.lastFailure}`);
      return true;
    } catch (error) {
      this.lastFailure = error.cause?.message ?? error.message;
      await sleep(20);
      return false;
    }
  }
}
