import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import type { Exchange } from '../../api/http';
import { queryInstant } from '../../api/prometheus';
import { seriesName } from '../../charts/frame';
import { formatMillis } from '../../format/duration';
import { formatCount } from '../../format/number';
import { formatDateTime } from '../../format/time';
import { formatValue } from '../../format/units';
import { prometheusStatistics } from '../../query/inspect/statistics';
import { exchangeOf, useInspect } from '../../query/inspect/useInspect';
import { useTimeRange } from '../../time/TimeRangeProvider';
import { unitOfQuery } from '../query/unitOfQuery';
import { EmptyResult } from './EmptyResult';
import classes from './Result.module.css';
import { ResultHeader } from './ResultHeader';
import { sortRows, tableOf } from './table';
import type { TableOrder } from './table';

const ROW_PX = 28;
const MOST_PX = 16 * ROW_PX;

interface Props {
  expression: string;
  onState: (state: { running: boolean; error: Error | null }) => void;
  onView: (view: 'graph' | 'table') => void;
  /** What else can be done with the query. */
  actions?: ReactNode;
}

/** A query's answer at the end of the time range: a row for each series, a column for each label. */
export function TableResult({ expression, onState, onView, actions }: Props) {
  const { endMs, tick } = useTimeRange();
  const queryKey = ['metrics', 'instant', expression, endMs, tick] as const;
  const query = useQuery({
    queryKey,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const began = performance.now();
      let exchange: Exchange | null = null;
      const answer = await queryInstant(expression, endMs, { signal, onExchange: (told) => (exchange = told) }, true);
      return { rows: tableOf(answer.data), elapsedMs: performance.now() - began, exchange, stats: answer.data.stats };
    },
  });
  const { data, error, isFetching } = query;
  useEffect(() => onState({ running: isFetching, error }), [isFetching, error, onState]);

  const unit = useMemo(() => unitOfQuery(expression), [expression]);
  const [order, setOrder] = useState<TableOrder>({ by: null, down: true });
  const rows = useMemo(() => (data ? sortRows(data.rows.rows, order) : []), [data, order]);
  const inspect = useInspect({
    exchange: exchangeOf(error, data?.exchange),
    statistics: error === null ? prometheusStatistics(data?.stats) : [],
    found: error === null && data ? [{ key: 'rows', name: 'Rows', value: formatCount(rows.length) }] : [],
  });
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => ROW_PX, overscan: 10, initialRect: { width: 0, height: MOST_PX } });
  const labels = data?.rows.labels ?? [];
  const columns = `${labels.map(() => 'minmax(var(--label-min), 1fr)').join(' ')} minmax(var(--value-min), 160px)`;

  const header = (by: string | null, title: string) => (
    <button type="button" className={classes.sort} data-chosen={order.by === by} onClick={() => setOrder((o) => ({ by, down: o.by === by ? !o.down : by === null }))} role="columnheader" aria-sort={order.by === by ? (order.down ? 'descending' : 'ascending') : 'none'}>
      <span className="ellipsis">{title}</span>
      {order.by === by && (order.down ? <IconArrowDown size={12} aria-hidden /> : <IconArrowUp size={12} aria-hidden />)}
    </button>
  );

  return (
    <div className={classes.result}>
      <ResultHeader view="table" onView={onView} running={isFetching} actions={<span className={classes.actions}>{actions}{inspect.button}</span>}>
        {data && error === null && (
          <>
              <span>{rows.length === 1 ? '1 row' : `${formatCount(rows.length)} rows`}</span>
              <span>at {formatDateTime(endMs)}</span>
              <span>{formatMillis(data.elapsedMs)}</span>
            </>
          )}
        </ResultHeader>
        {inspect.panel}
        {data === undefined ? (
          error === null && isFetching && <div className="skeleton" style={{ height: 6 * ROW_PX, margin: 8 }} aria-hidden />
        ) : rows.length === 0 ? (
          error === null && <EmptyResult expression={expression} loading={isFetching} />
        ) : (
          <>
          {Object.keys(data.rows.common).length > 0 && (
            <p className={`dimmed ${classes.common}`}>
              All rows have <code>{seriesName(data.rows.common, {})}</code>
            </p>
          )}
          <div ref={scroller} className={`dim-while-loading ${classes.table}`} data-loading={isFetching || error !== null} style={{ maxHeight: MOST_PX + ROW_PX }} role="table" aria-rowcount={rows.length} tabIndex={0} aria-label={`Values of ${expression}`}>
            <div className={classes.tableHead} style={{ gridTemplateColumns: columns }} role="row">
              {labels.map((label) => (
                <div key={label}>{header(label, label === '__name__' ? 'metric' : label)}</div>
              ))}
              <div className={classes.value}>{header(null, 'value')}</div>
            </div>
            <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
              {virtual.getVirtualItems().map((item) => {
                const row = rows[item.index]!;
                return (
                  <div key={item.index} className={classes.tableRow} style={{ gridTemplateColumns: columns, transform: `translateY(${item.start}px)` }} role="row">
                    {labels.map((label) => (
                      <span key={label} className="mono ellipsis" title={row.labels[label]} role="cell">
                        {row.labels[label] ?? ''}
                      </span>
                    ))}
                    <span className={`num ${classes.value}`} title={row.text} role="cell">
                      {row.value === null ? row.text : formatValue(row.value, unit)}
                    </span>
                  </div>
                );
              })}
            </div>
          </div>
        </>
      )}
    </div>
  );
}
