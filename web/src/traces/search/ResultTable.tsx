import { Link } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef, useState } from 'react';
import type { KeyboardEvent } from 'react';
import { formatNanos } from '../../format/duration';
import { formatCount } from '../../format/number';
import { formatDateTime } from '../../format/time';
import { shortTraceId } from '../../format/traceId';
import { useServiceColour } from '../paintColours';
import classes from '../Traces.module.css';
import { ROOT_MISSING } from './searchAnswer';
import type { FoundTrace, TraceOrder } from './searchAnswer';

const ROW_PX = 28;
/** More have no room in a row. */
const MAX_SERVICES = 4;

/** Those with errors first, then where the trace begins, then by name: the same in each row. */
function inOrder({ services, rootService }: FoundTrace): FoundTrace['services'] {
  const rank = (one: FoundTrace['services'][number]) => (one.errorCount > 0 ? 0 : one.name === rootService ? 1 : 2);
  return [...services].sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}

function serviceTitle({ name, spanCount, errorCount }: FoundTrace['services'][number]): string {
  return `${name}: ${spanCount} ${spanCount === 1 ? 'span' : 'spans'}, ${errorCount === 0 ? 'none failed' : `${errorCount} failed`}`;
}

interface Props {
  traces: readonly FoundTrace[];
  isPending: boolean;
  order: TraceOrder;
  isDescending: boolean;
  onSort: (order: TraceOrder) => void;
  onOpen: (trace: FoundTrace) => void;
  /** Whether links open the trace at the span that the query found. */
  isLinkedToSpan: boolean;
}

/** Traces found. Arrow keys walk, Enter opens. */
export function ResultTable({ traces, isPending, order, isDescending, onSort, onOpen, isLinkedToSpan }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const [cursor, setCursor] = useState(-1);
  const colourOf = useServiceColour();
  const virtualizer = useVirtualizer({
    count: traces.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 10,
    useFlushSync: false,
  });
  const longest = Math.max(1, ...traces.map((t) => t.durationMs));

  const onKeyDown = (event: KeyboardEvent) => {
    const moves: Record<string, number> = {
      ArrowDown: cursor + 1,
      ArrowUp: cursor - 1,
      Home: 0,
      End: traces.length - 1,
      PageDown: cursor + 15,
      PageUp: cursor - 15,
    };
    const to = moves[event.key];
    if (to !== undefined) {
      const next = Math.max(0, Math.min(traces.length - 1, to));
      setCursor(next);
      virtualizer.scrollToIndex(next, { align: 'auto' });
    } else if (event.key === 'Enter' && traces[cursor]) onOpen(traces[cursor]);
    else return;
    event.preventDefault();
  };

  const header = (name: string, by: TraceOrder | null, className?: string) => (
    <span role="columnheader" className={className} aria-sort={by === order ? (isDescending ? 'descending' : 'ascending') : undefined}>
      {by ? (
        <button type="button" onClick={() => onSort(by)}>
          {name} {by === order ? (isDescending ? '↓' : '↑') : ''}
        </button>
      ) : (
        name
      )}
    </span>
  );

  return (
    <div className={classes.table} role="table" aria-label="Traces" aria-rowcount={traces.length}>
      <div className={classes.tableHead} role="row">
        {header('Trace', null, classes.idCell)}
        {header('Service and operation', null)}
        {header('Start', 'start', classes.startCell)}
        {header('Duration', 'duration', classes.durationHead)}
        {header('Spans', 'spans', classes.spansCell)}
        {header('Services and errors', 'errors', classes.servicesCell)}
      </div>
      <div ref={scroller} className={classes.tableBody} role="rowgroup" tabIndex={0} onKeyDown={onKeyDown}>
        <div style={{ height: virtualizer.getTotalSize(), position: 'relative' }}>
          {isPending && Array.from({ length: 10 }, (_, i) => <div key={i} className={classes.rowSkeleton} style={{ top: i * ROW_PX }} />)}
          {virtualizer.getVirtualItems().map(({ index, start }) => {
            const trace = traces[index]!;
            const rootIsMissing = trace.rootName === '' || trace.rootService === ROOT_MISSING;
            return (
              <div
                key={trace.traceId}
                role="row"
                className={classes.tableRow}
                data-cursor={index === cursor || undefined}
                style={{ transform: `translateY(${start}px)` }}
                onClick={() => onOpen(trace)}
              >
                <span role="cell" className={classes.idCell}>
                  <Link
                    to="/trace/$traceId"
                    params={{ traceId: trace.traceId }}
                    search={isLinkedToSpan && trace.firstMatch ? { span: trace.firstMatch } : {}}
                    className={classes.idLink}
                  >
                    {shortTraceId(trace.traceId)}
                  </Link>
                </span>
                <span role="cell" className={classes.rootCell}>
                  {trace.errorCount > 0 && (
                    <span className={classes.narrowError} title={`${trace.errorCount} spans failed`}>
                      !
                    </span>
                  )}
                  {rootIsMissing ? (
                    <i className={classes.dim}>root span not received yet</i>
                  ) : (
                    <>
                      <i className={classes.dot} style={{ background: colourOf(trace.rootService) }} />
                      <span className={classes.rootService}>{trace.rootService}</span> {trace.rootName}
                    </>
                  )}
                </span>
                <span role="cell" className={classes.startCell} title={formatDateTime(trace.startMs)}>
                  {formatDateTime(trace.startMs)}
                </span>
                <span role="cell" className={classes.durationCell}>
                  <b>{formatNanos(trace.durationMs * 1e6)}</b>
                  <span>
                    <i style={{ width: `${(trace.durationMs / longest) * 100}%` }} data-error={trace.errorCount > 0 || undefined} />
                  </span>
                </span>
                <span role="cell" className={`${classes.number} ${classes.spansCell}`}>
                  {trace.spanCount === null ? '–' : formatCount(trace.spanCount)}
                </span>
                <span role="cell" className={classes.servicesCell}>
                  {inOrder(trace).slice(0, MAX_SERVICES).map((service) => (
                    <span key={service.name} className={classes.serviceChip} data-error={service.errorCount > 0 || undefined} title={serviceTitle(service)}>
                      <i className={classes.dot} style={{ background: colourOf(service.name) }} />
                      {service.name}
                      {service.errorCount > 0 && <b>! {service.errorCount}</b>}
                    </span>
                  ))}
                  {trace.services.length > MAX_SERVICES && <span className={classes.dim}>and {trace.services.length - MAX_SERVICES} more</span>}
                </span>
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}
