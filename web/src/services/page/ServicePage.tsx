import { IconListDetails, IconSitemap, IconTimelineEvent, IconX } from '@tabler/icons-react';
import { Link, useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { quoted } from '../../api/quoted';
import { one, useUrlSearch } from '../../app/search';
import controls from '../../controls/Controls.module.css';
import { colourOf } from '../../palette/palette';
import { QueryFailure } from '../../query/QueryFailure';
import { useScheme } from '../../theme/useScheme';
import { Errors, Latency, Rate } from '../figures';
import { rateQuery } from '../model/spanQueries';
import { NoServices } from '../NoServices';
import shared from '../Services.module.css';
import { DependenciesPanel } from './DependenciesPanel';
import { LinesPanel } from './LinesPanel';
import { MetricsPanel } from './MetricsPanel';
import { OperationsPanel } from './OperationsPanel';
import { RedCharts } from './RedCharts';
import classes from './ServicePage.module.css';
import { TracesPanel } from './TracesPanel';
import { useServiceFigures } from './useServiceFigures';
import type { ServiceFigures } from './useServiceFigures';

/** /service/{name}: how a service does, and from there to everything that is known of it. */
export default function ServicePage() {
  const { service } = useParams({ from: '/service/$service' });
  const [search, patch] = useUrlSearch();
  const operation = one(search.op) || undefined;
  const figures = useServiceFigures(service);
  const hasSpans = figures.data === undefined || figures.data.rate !== null;

  return (
    <div className={shared.page} data-gutter>
      <Head service={service} figures={figures.data} hasSpans={hasSpans} />
      {figures.error !== null && <QueryFailure error={figures.error} expression={rateQuery({ service }, '60s')} onRetry={() => void figures.refetch()} />}
      {operation !== undefined && (
        <p className={classes.only}>
          <span>
            Rate, errors and latency of <b>{operation}</b> only
          </span>
          <button type="button" className={controls.button} onClick={() => patch({ op: undefined }, { replace: true })}>
            <IconX size={14} stroke={1.8} aria-hidden /> All operations
          </button>
        </p>
      )}
      {hasSpans ? (
        <>
          <RedCharts service={service} operation={operation} />
          <OperationsPanel service={service} operation={operation} onOperation={(name) => patch({ op: name === operation ? undefined : name }, { replace: true })} />
          <DependenciesPanel service={service} />
          <TracesPanel key={service} service={service} operation={operation} p95={figures.data?.p95 ?? null} />
        </>
      ) : (
        <section className="panel" aria-label="No spans">
          <NoServices title={`No spans of ${service} in this time range`} serviceName={service}>
            <p>Its rate, errors and latency are counted from its spans. Take a longer time range at the top right, or start it with these variables and any OpenTelemetry SDK:</p>
          </NoServices>
        </section>
      )}
      <div className={classes.pair}>
        <LinesPanel service={service} />
        <MetricsPanel service={service} />
      </div>
    </div>
  );
}

function Head({ service, figures, hasSpans }: { service: string; figures: ServiceFigures | undefined; hasSpans: boolean }) {
  const scheme = useScheme();
  return (
    <header className={classes.head}>
      <h2>
        <i className={shared.swatch} style={{ background: colourOf(service, scheme) }} aria-hidden />
        {service}
      </h2>
      {hasSpans && (
        <dl className={`num ${classes.facts}`} aria-label="Over the whole time range">
          <Fact name="rate">{figures && <Rate value={figures.rate} />}</Fact>
          <Fact name="errors">{figures && <Errors share={figures.errorShare} />}</Fact>
          <Fact name="p50">{figures && <Latency value={figures.p50} />}</Fact>
          <Fact name="p95">{figures && <Latency value={figures.p95} />}</Fact>
          <Fact name="p99">{figures && <Latency value={figures.p99} />}</Fact>
        </dl>
      )}
      <nav className={classes.links} aria-label={`More of ${service}`}>
        <Link to="/service-map" search={{ service }} className={controls.button}>
          <IconSitemap size={16} stroke={1.6} aria-hidden /> Map
        </Link>
        <Link to="/explore/traces" search={{ q: `{ resource.service.name = ${quoted(service)} }` }} className={controls.button}>
          <IconTimelineEvent size={16} stroke={1.6} aria-hidden /> Traces
        </Link>
        <Link to="/explore/logs" search={{ q: `{service_name=${quoted(service)}}` }} className={controls.button}>
          <IconListDetails size={16} stroke={1.6} aria-hidden /> Logs
        </Link>
      </nav>
    </header>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children ?? '\u00a0'}</dd>
    </div>
  );
}
