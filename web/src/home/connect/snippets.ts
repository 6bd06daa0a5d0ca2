import type { Protocol, SourcesStatus } from '../../api/triptych';

export interface Snippet {
  key: 'otel' | 'scrape' | 'tail';
  title: string;
  /** What it is for, in a sentence. */
  says: string;
  code: string;
  /** What arrives when it works. */
  protocols: readonly Protocol[];
  arrived: string;
}

/** The three ways to send something, ready to be copied; `host` is the name under which this page was reached. */
export function snippetsFor(host: string, status: SourcesStatus | undefined): Snippet[] {
  const otlp = status?.listeners.find((listener) => listener.port === 4318)?.port ?? status?.listeners.find((listener) => /otlp/i.test(listener.purpose))?.port ?? 4318;
  return [
    {
      key: 'otel',
      title: 'OpenTelemetry',
      says: 'Any SDK or collector: metrics, logs and traces.',
      code: `export OTEL_EXPORTER_OTLP_ENDPOINT=http://${host}:${otlp}\nexport OTEL_SERVICE_NAME=my-service`,
      protocols: ['otlp_grpc', 'otlp_http'],
      arrived: 'OTLP arrives',
    },
    {
      key: 'scrape',
      title: 'Scrape /metrics',
      says: 'In triptych.yaml; Prometheus’ scrape_configs work as they are.',
      code: 'scrape_configs:\n  - job_name: my-service\n    static_configs:\n      - targets: ["localhost:9464"]',
      protocols: ['scrape', 'remote_write'],
      arrived: 'Scraped samples arrive',
    },
    {
      key: 'tail',
      title: 'Log files',
      says: 'In triptych.yaml; rotation and restarts lose no line.',
      code: 'tail:\n  - paths: ["/var/log/my-service/*.log"]\n    labels:\n      service_name: my-service',
      protocols: ['tail', 'loki_push'],
      arrived: 'Lines arrive',
    },
  ];
}

/** Whether anything came by one of a snippet's protocols. */
export function hasArrived(snippet: Snippet, status: SourcesStatus | undefined): boolean {
  if (status === undefined) return false;
  return Object.values(status.signals).some((signal) => signal.sources.some((source) => snippet.protocols.includes(source.protocol) && source.acceptedTotal > 0));
}
