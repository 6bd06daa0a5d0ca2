import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { messageOf } from '../../api/http';
import { labelValues, metadata } from '../../api/prometheus';
import type { MetricMetadata } from '../../api/prometheus';
import { PanelHead } from '../../controls/PanelHead';
import { useTimeRange } from '../../time/TimeRangeProvider';
import { isOwnMetric, metricExpression, serviceMatchers } from '../model/ownMetrics';
import { Waiting } from './OperationsPanel';
import classes from './ServicePage.module.css';

const SHOWN = 40;

interface Found {
  matcher: string;
  names: string[];
  about: Record<string, MetricMetadata[]>;
}

/** The metrics that the service sends itself, each a click from its chart. */
export function MetricsPanel({ service }: { service: string }) {
  const { startMs, endMs } = useTimeRange();
  const { data, error, isPending } = useQuery({
    queryKey: ['service-metrics', service, Math.floor(startMs / 60_000), Math.floor(endMs / 60_000)],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }): Promise<Found> => {
      for (const matcher of serviceMatchers(service)) {
        const names = await labelValues('__name__', { match: [`{${matcher}}`], startMs, endMs }, { signal });
        const own = names.filter(isOwnMetric);
        if (own.length > 0) return { matcher, names: own, about: await metadata({ signal }) };
      }
      return { matcher: '', names: [], about: {} };
    },
  });
  return (
    <section className={`panel ${classes.panel}`} aria-label="Metrics" aria-busy={isPending}>
      <PanelHead title="Metrics">{data !== undefined && data.names.length > 0 && <span className="mono">{data.matcher}</span>}</PanelHead>
      {error !== null && (
        <p className={classes.problem} role="alert">
          {messageOf(error)}
        </p>
      )}
      {isPending ? (
        <Waiting />
      ) : data === undefined ? null : data.names.length === 0 ? (
        <p className={classes.none}>
          It sends no metrics of its own in this time range: none has it as <code>job</code>, <code>service_name</code> or <code>service</code>.
        </p>
      ) : (
        <>
          <ul className={classes.metrics}>
            {data.names.slice(0, SHOWN).map((name) => (
              <li key={name}>
                <Link to="/explore/metrics" search={{ q: metricExpression(name, data.matcher, data.about) }} className="mono" title={helpOf(name, data.about)}>
                  {name}
                </Link>
              </li>
            ))}
          </ul>
          {data.names.length > SHOWN && (
            <p className={classes.more}>
              and {data.names.length - SHOWN} more; <Link to="/explore/metrics">search them in Explore</Link>
            </p>
          )}
        </>
      )}
    </section>
  );
}

function helpOf(name: string, about: Found['about']): string | undefined {
  return about[name]?.[0]?.help || undefined;
}
