'use strict';

/** Whether this service was started with `--logs=otlp`; otherwise its lines go to standard output as JSON, for PM2 to write to a file. */
function sendsLogsByOtlp() {
  return process.argv.includes('--logs=otlp');
}

/** A pino logger. The SDK adds trace_id and span_id to lines written within a request, and sends them where the service wants that. */
function createLogger() {
  const pino = require('pino');
  const options = { base: undefined, level: process.env.SHOP_LOG_LEVEL ?? 'info' };
  const nowhere = { write() {} };
  return sendsLogsByOtlp() ? pino(options, nowhere) : pino(options, pino.destination({ fd: 1, sync: true }));
}

module.exports = { createLogger, sendsLogsByOtlp };
