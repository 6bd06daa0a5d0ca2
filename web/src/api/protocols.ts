import type { Protocol, Signal } from './triptych';

export const PROTOCOL_NAMES: Readonly<Record<Protocol, string>> = {
  otlp_grpc: 'OTLP / gRPC',
  otlp_http: 'OTLP / HTTP',
  remote_write: 'Remote write',
  loki_push: 'Loki push',
  elasticsearch_bulk: 'Elasticsearch bulk',
  ndjson: 'Newline JSON',
  syslog: 'Syslog',
  scrape: 'Scrape',
  tail: 'Tailed files',
  host: 'This host',
  derived: 'Counted from spans',
};

/** A protocol's name for people; one that this page does not know keeps its own. */
export function protocolName(protocol: string): string {
  return PROTOCOL_NAMES[protocol as Protocol] ?? protocol;
}

/** What is counted of each signal. */
export const ITEM_NAMES: Readonly<Record<Signal, { one: string; many: string }>> = {
  metrics: { one: 'sample', many: 'samples' },
  logs: { one: 'line', many: 'lines' },
  traces: { one: 'span', many: 'spans' },
};

export const SIGNAL_NAMES: Readonly<Record<Signal, string>> = { metrics: 'Metrics', logs: 'Logs', traces: 'Traces' };
