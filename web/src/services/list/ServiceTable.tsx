import { IconListDetails, IconSitemap, IconTimelineEvent } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { quoted } from '../../api/quoted';
import { Sparkline } from '../../charts/Sparkline';
import { formatSi } from '../../format/number';
import { colourOf } from '../../palette/palette';
import { useScheme } from '../../theme/useScheme';
import { Errors, Latency, Rate } from '../figures';
import type { ServiceOrder, ServiceSummary } from '../model/serviceList';
import classes from '../Services.module.css';
import { walkRows } from './rowKeys';
import { SortHead } from './SortHead';

interface Props {
  services: readonly ServiceSummary[];
  order: ServiceOrder;
  isReversed: boolean;
  onSort: (order: ServiceOrder) => void;
}

/** Services as rows. Arrow keys walk them, Enter opens. */
export function ServiceTable({ services, order, isReversed, onSort }: Props) {
  const sorting = { order, isReversed, onSort };
  return (
    <table className={classes.table} onKeyDown={walkRows}>
      <thead>
        <tr>
          <SortHead label="Service" by="name" {...sorting} />
          <SortHead label="Rate" by="rate" className={classes.number} title="Requests a second that reach it" {...sorting} />
          <SortHead label="Errors" by="errors" className={classes.number} title="Share of its requests that failed" {...sorting} />
          <SortHead label="p50" by="p50" className={`${classes.number} ${classes.wide}`} title="Half of its requests are faster" {...sorting} />
          <SortHead label="p95" by="p95" className={classes.number} title="19 of 20 requests are faster" {...sorting} />
          <SortHead label="p99" by="p99" className={`${classes.number} ${classes.wide}`} title="99 of 100 requests are faster" {...sorting} />
          <th className={`${classes.number} ${classes.wide}`}>Log lines</th>
          <th className={classes.linksHead}>
            <span className="visually-hidden">Links</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {services.map((service) => (
          <Row key={service.name} service={service} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ service }: { service: ServiceSummary }) {
  const scheme = useScheme();
  const { name } = service;
  const hasErrors = (service.errorShare ?? 0) > 0;
  return (
    <tr>
      <td className={classes.nameCell}>
        <i className={classes.swatch} style={{ background: colourOf(name, scheme) }} aria-hidden />
        <Link to="/service/$service" params={{ service: name }} search={{}} className={classes.name} data-row-link>
          {name}
        </Link>
      </td>
      <td className={`num ${classes.number}`}>
        <Figure values={service.rateOverTime} colour="var(--mantine-color-dimmed)">
          <Rate value={service.rate} />
        </Figure>
      </td>
      <td className={`num ${classes.number}`}>
        <Figure values={service.errorsOverTime} colour={hasErrors ? 'var(--bad)' : 'var(--mantine-color-dimmed)'}>
          <Errors share={service.errorShare} />
        </Figure>
      </td>
      <td className={`num ${classes.number} ${classes.wide}`}>
        <Latency value={service.p50} />
      </td>
      <td className={`num ${classes.number}`}>
        <Figure values={service.p95OverTime} colour="var(--mantine-color-dimmed)">
          <Latency value={service.p95} />
        </Figure>
      </td>
      <td className={`num ${classes.number} ${classes.wide}`}>
        <Latency value={service.p99} />
      </td>
      <td className={`num ${classes.number} ${classes.wide}`}>{service.linesPerSecond === null ? <span className="dimmed">–</span> : formatSi(service.linesPerSecond, '/s')}</td>
      <td className={classes.links}>
        {service.rate !== null && (
          <>
            <Link to="/service-map" search={{ service: name }} aria-label={`${name} on the map`} title="On the map">
              <IconSitemap size={16} stroke={1.6} />
            </Link>
            <Link to="/explore/traces" search={{ q: `{ resource.service.name = ${quoted(name)}${hasErrors ? ' && status = error' : ''} }` }} aria-label={`Traces of ${name}`} title={hasErrors ? 'Traces with errors' : 'Traces'}>
              <IconTimelineEvent size={16} stroke={1.6} />
            </Link>
          </>
        )}
        {service.linesPerSecond !== null && (
          <Link to="/explore/logs" search={{ q: `{service_name=${quoted(name)}}` }} aria-label={`Logs of ${name}`} title="Logs">
            <IconListDetails size={16} stroke={1.6} />
          </Link>
        )}
      </td>
    </tr>
  );
}

function Figure({ values, colour, children }: { values: readonly (number | null)[]; colour: string; children: ReactNode }) {
  return (
    <span className={classes.figure}>
      <span className={classes.spark}>
        <Sparkline values={values} width={72} height={18} colour={colour} fill={false} />
      </span>
      <span>{children}</span>
    </span>
  );
}
