import type { MetricMetadata } from '../../api/prometheus';
import { quoted } from '../../api/quoted';
import { expressionFor } from '../../metrics/browser/searchMetrics';

/** The matchers by which metrics may name a service, the usual one first: over OTLP `job` is its name, or namespace/name. */
export function serviceMatchers(service: string): string[] {
  const exact = service.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return [`job=~${quoted(`(.+/)?${exact}`)}`, `service_name=${quoted(service)}`, `service=${quoted(service)}`];
}

/** Not what the server counted of its spans, nor what a scrape says of itself. */
export function isOwnMetric(name: string): boolean {
  return !/^(traces_(spanmetrics|service_graph|target)_|scrape_|ALERTS)/.test(name) && name !== 'up';
}

/** What Explore asks to show a metric of one service. */
export function metricExpression(name: string, matcher: string, about: Record<string, MetricMetadata[]>): string {
  const expression = expressionFor({ name, about: about[name]?.[0] ?? null });
  return expression.includes(`{"`) ? expression.replace('"}', `", ${matcher}}`) : expression.replace(name, `${name}{${matcher}}`);
}
