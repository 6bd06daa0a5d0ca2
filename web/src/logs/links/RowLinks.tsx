import { Link } from '@tanstack/react-router';
import { useUiSettings } from '../../api/uiSettings';
import { rangeWith } from '../../time/rangeWith';
import { useTimeRange } from '../../time/TimeRangeProvider';
import type { LogRow } from '../query/lokiAnswer';
import classes from '../view/Logs.module.css';
import { derivedLinks } from './derivedLinks';
import type { DerivedLink } from './derivedLinks';

/** Where a line leads beside its trace: to its service, and where the configuration says. */
export function RowLinks({ row }: { row: LogRow }) {
  const { derivedFields } = useUiSettings();
  const present = useTimeRange();
  const { links, problems } = derivedLinks(row, derivedFields);
  const service = row.stream['service_name'] ?? row.metadata['service_name'] ?? '';
  const range = rangeWith(present, row.timestampMs, row.timestampMs);
  return (
    <>
      {service !== '' && service !== 'unknown_service' && (
        <Link to="/service/$service" params={{ service }} search={range} className={classes.traceLink}>
          Metrics of {service}
        </Link>
      )}
      {links.map((link) => (
        <Derived key={`${link.name} ${link.value}`} link={link} range={range} />
      ))}
      {problems.map((problem) => (
        <span key={problem} className={classes.inlineError}>
          {problem}
        </span>
      ))}
    </>
  );
}

function Derived({ link: { name, text, target }, range }: { link: DerivedLink; range: { from?: string; to?: string } }) {
  const shown = (
    <>
      {name}: {text}
    </>
  );
  switch (target.kind) {
    case 'trace':
      return (
        <Link to="/trace/$traceId" params={{ traceId: target.traceId }} search={{}} className={classes.traceLink}>
          {shown}
        </Link>
      );
    case 'service':
      return (
        <Link to="/service/$service" params={{ service: target.service }} search={range} className={classes.traceLink}>
          {shown}
        </Link>
      );
    case 'query':
      return (
        <Link to={target.to} search={{ q: target.query, ...range }} className={classes.traceLink}>
          {shown}
        </Link>
      );
    case 'address':
      return (
        <a href={target.href} target="_blank" rel="noopener noreferrer" className={classes.traceLink}>
          {shown}
        </a>
      );
  }
}
