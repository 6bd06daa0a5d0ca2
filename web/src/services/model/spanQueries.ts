import { quoted } from '../../api/quoted';

/** PromQL over the metrics that the server counts from spans (docs/span-metrics.md). */

const CALLS = 'traces_spanmetrics_calls_total';
const LATENCY = 'traces_spanmetrics_latency';
/** Spans by which something reaches a service. */
const ENTRY = 'span_kind=~"SPAN_KIND_SERVER|SPAN_KIND_CONSUMER"';
const FAILED = 'status_code="STATUS_CODE_ERROR"';

/** Metrics are written each 15 s: a rate over less than this would often see one value only. */
const LEAST_WINDOW_SECONDS = 60;

/** The window of a rate over time: what lies between two points, and never too little to hold several values. */
export function windowFor(stepSeconds: number): string {
  return `${Math.max(LEAST_WINDOW_SECONDS, Math.round(stepSeconds))}s`;
}

/** Which spans are meant: those of all services, of one, or of one operation of it. */
export interface SpanChoice {
  service?: string;
  /** The name of the spans. */
  operation?: string;
}

function selector({ service, operation }: SpanChoice, ...more: string[]): string {
  const matchers = [...(service === undefined ? [] : [`service=${quoted(service)}`]), ...(operation === undefined ? [] : [`span_name=${quoted(operation)}`]), ...more];
  return `{${matchers.join(', ')}}`;
}

/**
 * The requests that reach a service, and of a service that nothing reaches, such as a job, all its spans. An operation that is asked for by
 * its name counts whatever its kind is.
 */
function entryOrAll(choice: SpanChoice, build: (...matchers: string[]) => string): string {
  if (choice.operation !== undefined) return build();
  return `${build(ENTRY)} or (${build()} unless on (service) group by (service) (${CALLS}${selector(choice, ENTRY)}))`;
}

/** Requests a second, by service. */
export function rateQuery(choice: SpanChoice, window: string): string {
  return entryOrAll(choice, (...matchers) => `sum by (service) (rate(${CALLS}${selector(choice, ...matchers)}[${window}]))`);
}

/** Failed requests a second, by service; nothing for a service that never failed. */
export function failedQuery(choice: SpanChoice, window: string): string {
  return entryOrAll(choice, (...matchers) => `sum by (service) (rate(${CALLS}${selector(choice, ...matchers, FAILED)}[${window}]))`);
}

/** A quantile of the latency in seconds, by service. From classic histograms, and where those are switched off from native ones. */
export function latencyQuery(choice: SpanChoice, quantile: number, window: string): string {
  return entryOrAll(choice, (...matchers) => latencyOf('service', selector(choice, ...matchers), quantile, window));
}

function latencyOf(by: string, matchers: string, quantile: number, window: string): string {
  const classic = `histogram_quantile(${quantile}, sum by (${by}, le) (rate(${LATENCY}_bucket${matchers}[${window}])))`;
  const native = `histogram_quantile(${quantile}, sum by (${by}) (rate(${LATENCY}${matchers}[${window}])))`;
  return `(${classic} or ${native})`;
}

/** What each operation of a service did: rates, failures and latencies by name and kind of span. */
export const operationQueries = {
  rate: (service: string, window: string) => `sum by (span_name, span_kind) (rate(${CALLS}${selector({ service })}[${window}]))`,
  failed: (service: string, window: string) => `sum by (span_name, span_kind) (rate(${CALLS}${selector({ service }, FAILED)}[${window}]))`,
  latency: (service: string, quantile: number, window: string) => latencyOf('span_name, span_kind', selector({ service }), quantile, window),
};

/** The series whose exemplars lead from a chart to traces. */
export function exemplarQuery(choice: SpanChoice, onlyFailed = false): string {
  return `${LATENCY}_bucket${selector(choice, ...(choice.operation === undefined ? [ENTRY] : []), ...(onlyFailed ? [FAILED] : []))}`;
}

/** Requests a second by operation, as one would ask in Explore. */
export function exploreRate(service: string): string {
  return `sum by (span_name) (rate(${CALLS}{service=${quoted(service)}, ${ENTRY}}[5m]))`;
}
