import { IconTimelineEvent } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { messageOf } from '../../api/http';
import { quoted } from '../../api/quoted';
import { PanelHead } from '../../controls/PanelHead';
import { useTimeRange } from '../../time/TimeRangeProvider';
import { Errors, Latency, Rate } from '../figures';
import { walkRows } from '../list/rowKeys';
import { SortHead } from '../list/SortHead';
import { askAll, wholeRange } from '../model/askAll';
import { isEntry, kindName, operations, sortOperations } from '../model/operations';
import type { OperationOrder } from '../model/operations';
import { operationQueries } from '../model/spanQueries';
import shared from '../Services.module.css';
import classes from './ServicePage.module.css';

/** More rows than this are a list to search, not to read. */
const MOST_ROWS = 50;

interface Props {
  service: string;
  operation: string | undefined;
  onOperation: (name: string) => void;
}

/** What the service does, by name: a click shows the charts of one alone. */
export function OperationsPanel({ service, operation, onOperation }: Props) {
  const { startMs, endMs, tick } = useTimeRange();
  const [sorting, setSorting] = useState<{ order: OperationOrder; isReversed: boolean }>({ order: 'rate', isReversed: false });
  const [withInner, setWithInner] = useState(false);
  const { data, error, isPending, isFetching } = useQuery({
    queryKey: ['operations', service, startMs, endMs, tick],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const window = wholeRange({ startMs, endMs });
      const { rate, failed, latency } = operationQueries;
      const found = await askAll({ rate: rate(service, window), failed: failed(service, window), p50: latency(service, 0.5, window), p95: latency(service, 0.95, window), p99: latency(service, 0.99, window) }, endMs, signal);
      return operations(found);
    },
  });
  const entries = data?.filter(isEntry) ?? [];
  const showsAll = withInner || entries.length === 0;
  const sorted = sortOperations(showsAll ? (data ?? []) : entries, sorting.order, sorting.isReversed);
  const onSort = (order: OperationOrder) => setSorting((before) => ({ order, isReversed: before.order === order && !before.isReversed }));
  return (
    <section className={`panel ${classes.panel}`} aria-label="Operations" aria-busy={isPending}>
      <PanelHead title="Operations">
        {data !== undefined && entries.length > 0 && entries.length < data.length && (
          <label className={classes.check}>
            <input type="checkbox" checked={withInner} onChange={(event) => setWithInner(event.currentTarget.checked)} /> with inner spans and calls made
          </label>
        )}
      </PanelHead>
      {error !== null && (
        <p className={classes.problem} role="alert">
          {messageOf(error)}
        </p>
      )}
      {isPending ? (
        <Waiting />
      ) : sorted.length === 0 ? (
        error === null && <p className={classes.none}>No spans in this time range</p>
      ) : (
        <div className="dim-while-loading" data-loading={isFetching}>
          <table className={shared.table} onKeyDown={walkRows}>
            <thead>
              <tr>
                <SortHead label="Operation" by="name" {...sorting} onSort={onSort} />
                <SortHead label="Rate" by="rate" className={shared.number} {...sorting} onSort={onSort} />
                <SortHead label="Errors" by="errors" className={shared.number} {...sorting} onSort={onSort} />
                <SortHead label="p50" by="p50" className={`${shared.number} ${shared.wide}`} {...sorting} onSort={onSort} />
                <SortHead label="p95" by="p95" className={shared.number} {...sorting} onSort={onSort} />
                <SortHead label="p99" by="p99" className={`${shared.number} ${shared.wide}`} {...sorting} onSort={onSort} />
                <th className={classes.linkHead}>
                  <span className="visually-hidden">Traces</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {sorted.slice(0, MOST_ROWS).map((one) => (
                <tr key={`${one.kind} ${one.name}`} data-chosen={one.name === operation || undefined}>
                  <td className={shared.nameCell}>
                    <button type="button" className={classes.operation} aria-pressed={one.name === operation} title="Show its rate, errors and latency alone" onClick={() => onOperation(one.name)} data-row-link>
                      {one.name}
                    </button>
                    {showsAll && <span className="dimmed"> {kindName(one.kind)}</span>}
                  </td>
                  <td className={`num ${shared.number}`}>
                    <Rate value={one.rate} />
                  </td>
                  <td className={`num ${shared.number}`}>
                    <Errors share={one.errorShare} />
                  </td>
                  <td className={`num ${shared.number} ${shared.wide}`}>
                    <Latency value={one.p50} />
                  </td>
                  <td className={`num ${shared.number}`}>
                    <Latency value={one.p95} />
                  </td>
                  <td className={`num ${shared.number} ${shared.wide}`}>
                    <Latency value={one.p99} />
                  </td>
                  <td className={shared.links}>
                    <Link to="/explore/traces" search={{ q: `{ resource.service.name = ${quoted(service)} && name = ${quoted(one.name)} }` }} aria-label={`Traces with ${one.name}`} title="Traces with it">
                      <IconTimelineEvent size={16} stroke={1.6} />
                    </Link>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {sorted.length > MOST_ROWS && <p className={classes.more}>The first {MOST_ROWS} of {sorted.length} by this order.</p>}
        </div>
      )}
    </section>
  );
}

export function Waiting() {
  return (
    <div className={shared.waiting} aria-hidden>
      {Array.from({ length: 3 }, (_, i) => (
        <div key={i} className="skeleton" />
      ))}
    </div>
  );
}
