'use strict';
// Loaded before a service by `node --require ./telemetry.js`: starts the OpenTelemetry SDK, so that the services hold no telemetry code
// beside their log lines. Where it sends to is OTEL_EXPORTER_OTLP_ENDPOINT, as whom is OTEL_SERVICE_NAME; nothing else has to be set.

// The SDK sends metrics once a minute; for looking at an example that is long.
process.env.OTEL_METRIC_EXPORT_INTERVAL ??= '5000';
process.env.OTEL_METRIC_EXPORT_TIMEOUT ??= '4000';

const { NodeSDK } = require('@opentelemetry/sdk-node');
const { getNodeAutoInstrumentations } = require('@opentelemetry/auto-instrumentations-node');
const { sendsLogsByOtlp } = require('./logs.js');

const sdk = new NodeSDK({
  instrumentations: [
    getNodeAutoInstrumentations({
      // A line takes one way: over OTLP, or by the file that is tailed. Both would show it twice.
      '@opentelemetry/instrumentation-pino': { disableLogSending: !sendsLogsByOtlp() },
      // Being scraped is not a request of the shop.
      '@opentelemetry/instrumentation-http': { ignoreIncomingRequestHook: (request) => request.url === '/metrics' },
      // A span for each connect and each look-up of a name says nothing here.
      '@opentelemetry/instrumentation-net': { enabled: false },
      '@opentelemetry/instrumentation-dns': { enabled: false },
    }),
  ],
});
sdk.start();

/** Sends what has not been sent yet. A service calls it when it has answered its last request. */
globalThis.stopTelemetry = () => sdk.shutdown();
