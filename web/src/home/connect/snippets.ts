import { receiverUrl } from '../../api/listeners';
import type { Protocol, SourcesStatus } from '../../api/triptych';

export interface Snippet {
  key: 'otel' | 'scrape' | 'tail' | 'pm2' | 'remote_write' | 'loki';
  title: string;
  /** What it is for, in a few words. */
  says: string;
  /** Where the text goes. */
  where: string;
  code: string;
  /** What arrives when it works. */
  protocols: readonly Protocol[];
  arrived: string;
}

/** The ways to send something, ready to be copied; `host` is the name under which this page was reached. */
export function snippetsFor(host: string, status: SourcesStatus | undefined): Snippet[] {
  return [
    {
      key: 'otel',
      title: 'OpenTelemetry',
      says: 'metrics, logs and traces of any SDK or collector',
      where: 'Environment of your service. gRPC and HTTP are both taken here.',
      code: `export OTEL_EXPORTER_OTLP_ENDPOINT=${receiverUrl('otlp', host, status)}\nexport OTEL_SERVICE_NAME=my-service`,
      protocols: ['otlp_grpc', 'otlp_http'],
      arrived: 'OTLP arrives',
    },
    {
      key: 'scrape',
      title: 'Scrape /metrics',
      says: 'metrics of anything with a Prometheus endpoint',
      where: 'triptych.yaml. Prometheus’ scrape_configs work as they are.',
      code: 'scrape_configs:\n  - job_name: my-service\n    static_configs:\n      - targets: ["localhost:9464"]',
      protocols: ['scrape'],
      arrived: 'Scraped samples arrive',
    },
    {
      key: 'remote_write',
      title: 'Remote write',
      says: 'metrics of a Prometheus or agent that you have',
      where: 'prometheus.yml',
      code: `remote_write:\n  - url: ${receiverUrl('prometheus', host, status)}/api/v1/write`,
      protocols: ['remote_write'],
      arrived: 'Remote write arrives',
    },
    {
      key: 'tail',
      title: 'Log files',
      says: 'logs of files on this host',
      where: 'triptych.yaml. Rotation and restarts lose no line.',
      code: 'tail:\n  - paths: ["/var/log/my-service/*.log"]\n    labels:\n      service_name: my-service',
      protocols: ['tail'],
      arrived: 'Lines of files arrive',
    },
    {
      key: 'pm2',
      title: 'PM2',
      says: 'logs of all Node.js programs under PM2, by one line',
      where: 'triptych.yaml. The label app is the program’s name.',
      code: 'tail:\n  - pm2: ~/.pm2/logs',
      protocols: ['tail'],
      arrived: 'Lines of files arrive',
    },
    {
      key: 'loki',
      title: 'Promtail, Loki push',
      says: 'logs of shippers that speak to Loki',
      where: 'promtail.yaml. Other shippers take the same address.',
      code: `clients:\n  - url: ${receiverUrl('loki', host, status)}/loki/api/v1/push`,
      protocols: ['loki_push'],
      arrived: 'Pushed lines arrive',
    },
  ];
}

/** Whether anything came by one of a snippet's protocols. */
export function hasArrived(snippet: Snippet, status: SourcesStatus | undefined): boolean {
  if (status === undefined) return false;
  return Object.values(status.signals).some((signal) => signal.sources.some((source) => snippet.protocols.includes(source.protocol) && source.acceptedTotal > 0));
}
