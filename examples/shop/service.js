'use strict';
const express = require('express');

/** What another service answered with a failure: its status and words are passed on to the caller. */
class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Asks another service of the shop; its refusals and failures come back as a Refusal. */
async function ask(url, body) {
  const response = await fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
  const answer = await response.json();
  if (!response.ok) throw new Refusal(response.status, answer.error);
  return answer;
}

/**
 * Serves `routes(app)` on loopback until SIGINT or SIGTERM; then answers what is under way, sends the rest of its telemetry and ends.
 * Failures become one line and a JSON answer: what the client did is a warning, what we did an error with its stack.
 */
function serve({ port, logger, routes, close = async () => {} }) {
  const app = express();
  app.disable('x-powered-by');
  app.use(express.json({ limit: '16kb' }));
  routes(app);
  app.use((request, response) => response.status(404).json({ error: `nothing at ${request.path}` }));
  // Express knows an error handler by its four parameters.
  app.use((error, request, response, _next) => {
    const status = error.status ?? 500;
    if (error instanceof Refusal || status < 500) logger.warn({ status, path: request.path }, error.message);
    else logger.error({ err: error, status, path: request.path }, 'request failed');
    response.status(status).json({ error: status < 500 || error instanceof Refusal ? error.message : 'internal error' });
  });

  const server = app.listen(port, '127.0.0.1', (error) => {
    if (error) throw error;
    logger.info({ port }, 'listening');
  });
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    server.close(async () => {
      await close();
      await globalThis.stopTelemetry?.();
      process.exit(0);
    });
    server.closeIdleConnections();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

module.exports = { Refusal, ask, serve };
