// The pages that are looked at and checked, by name: addresses below the mock server (or a real one).
const rate = encodeURIComponent('sum by (job) (rate(http_requests_total[5m]))');

export const PAGES = {
  home: '/',
  metrics: `/explore/metrics?q=${rate}`,
  'metrics-two': `/explore/metrics?q=${encodeURIComponent('node_cpu_seconds_total{mode!="idle"}')}&q=nodejs_eventloop_lag_seconds`,
  'metrics-start': '/explore/metrics',
  'metrics-table': '/explore/metrics?q=up&view=table',
  'metrics-error': `/explore/metrics?q=${encodeURIComponent('sum(foo(up[5m]))')}`,
  logs: '/explore/logs',
  'logs-fields': `/explore/logs?q=${encodeURIComponent('{service_name="gateway"}')}&fields=1`,
  'logs-patterns': `/explore/logs?q=${encodeURIComponent('{service_name=~".+"}')}&patterns=1`,
  traces: '/explore/traces',
  split: `/explore/metrics?q=${rate}&right=logs&r.q=${encodeURIComponent('{service_name="gateway"}')}`,
  'split-apart': `/explore/traces?right=metrics&r.q=${rate}&r.from=now-6h&r.to=now`,
  dashboards: '/dashboards',
  services: '/service',
  service: '/service/pricing-service',
  map: '/service-map',
  'map-table': '/service-map?view=table',
  data: '/data',
  queries: '/operations/queries',
  targets: '/operations/targets',
  cost: '/operations/cost',
  storage: '/operations/storage',
  status: '/operations/status',
};
