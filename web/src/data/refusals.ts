import { SIGNALS } from '../api/triptych';
import type { Protocol, Signal, SourcesStatus } from '../api/triptych';

/** All that was refused for one reason from one source. */
export interface RefusalRow {
  key: string;
  signal: Signal;
  protocol: Protocol;
  /** The server's word for it. */
  reason: string;
  title: string;
  /** What to do; null where the sample says it all. */
  advice: string | null;
  /** Items since the server's start. */
  count: number;
  /** The newest that the server keeps: when, and what was wrong with it. */
  sample: { atUnixMs: number; detail: string } | null;
}

const MAX_AGE = 'Send sooner, or raise ingest.max_age. Clocks that are wrong look the same.';
const REASONS: Readonly<Record<string, { title: string; advice: string | null }>> = {
  too_old: { title: 'Too old', advice: MAX_AGE },
  greater_than_max_sample_age: { title: 'Too old', advice: MAX_AGE },
  too_far_in_future: { title: 'Ahead of this host’s clock', advice: 'Set the sender’s clock, or raise ingest.max_future.' },
  delta_temporality_not_supported: { title: 'Delta temporality', advice: 'Set OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=cumulative at the sender.' },
  unspecified_temporality: { title: 'No aggregation temporality', advice: 'Send cumulative sums and histograms.' },
  exponential_histogram_not_supported: { title: 'Exponential histogram', advice: 'Set OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION=explicit_bucket_histogram at the sender.' },
  malformed: { title: 'Not readable', advice: 'The sender’s format or compression does not fit the address that it sends to.' },
  invalid_id: { title: 'Invalid trace or span id', advice: null },
  invalid_time: { title: 'Invalid time', advice: null },
  invalid_name: { title: 'Invalid metric name', advice: null },
  invalid_labels: { title: 'Invalid labels', advice: null },
  missing_labels: { title: 'No labels', advice: 'Give each stream a label, such as service_name.' },
  duplicate_label_names: { title: 'A label twice', advice: null },
  invalid_histogram: { title: 'Invalid histogram', advice: null },
  invalid_summary: { title: 'Invalid summary', advice: null },
  invalid_exemplar: { title: 'Invalid exemplar', advice: 'The sample itself was kept.' },
  line_too_long: { title: 'Line too long', advice: 'Cut it at the sender.' },
  structured_metadata_too_large: { title: 'Attributes too large', advice: 'Send fewer attributes, or put them into the line.' },
  span_too_large: { title: 'Span too large', advice: 'Send fewer or shorter attributes and events.' },
  too_many_attributes: { title: 'Too many attributes', advice: 'Set OTEL_ATTRIBUTE_COUNT_LIMIT at the sender.' },
  too_many_buckets: { title: 'Too many buckets', advice: null },
  too_many_tenants: { title: 'Too many tenants', advice: 'Check the X-Scope-OrgID that senders set.' },
  memory_limit: { title: 'No memory left for it', advice: 'Raise storage.max_head_memory, or send less; senders that retry lose nothing.' },
  unavailable: { title: 'The server was not ready', advice: 'Senders that retry lose nothing.' },
};

/** A reason in words; one that this page does not know keeps the server's. */
export function reasonText(reason: string): { title: string; advice: string | null } {
  const words = reason.replaceAll('_', ' ');
  return REASONS[reason] ?? { title: words.charAt(0).toUpperCase() + words.slice(1), advice: null };
}

/** What was refused by signal, source and reason; what happened last first, then the most. */
export function refusalRows(status: SourcesStatus): RefusalRow[] {
  const samples = status.refusals ?? [];
  const rows = SIGNALS.flatMap((signal) =>
    status.signals[signal].sources.flatMap(({ protocol, refusedByReason = {} }) =>
      Object.entries(refusedByReason).map(([reason, count]): RefusalRow => {
        // The server names the newest first.
        const newest = samples.find((one) => one.signal === signal && one.protocol === protocol && one.reason === reason);
        const sample = newest === undefined ? null : { atUnixMs: newest.atUnixMs, detail: newest.detail };
        return { key: `${signal} ${protocol} ${reason}`, signal, protocol, reason, ...reasonText(reason), count, sample };
      }),
    ),
  );
  return rows.filter(({ count, sample }) => count > 0 || sample !== null).sort((a, b) => (b.sample?.atUnixMs ?? 0) - (a.sample?.atUnixMs ?? 0) || b.count - a.count);
}
