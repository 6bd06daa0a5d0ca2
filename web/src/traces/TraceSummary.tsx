import { SegmentedControl } from '@mantine/core';
import { IconListDetails } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { formatNanos } from '../format/duration';
import { formatCount } from '../format/number';
import { formatDateTime } from '../format/time';
import { CopyButton } from '../controls/CopyButton';
import type { LogRow } from '../logs/query/lokiAnswer';
import { rangeWith } from '../time/rangeWith';
import { useTimeRange } from '../time/TimeRangeProvider';
import { criticalNanos } from './model/criticalPath';
import { unixNanos } from './model/decode';
import controls from '../controls/Controls.module.css';
import classes from './Traces.module.css';
import { traceLogsQuery } from './traceLogs';
import type { PaintColours, TraceShape } from './waterfall/paint';

/** How a trace is shown. */
export type TraceViewKind = 'waterfall' | 'flame' | 'graph' | 'compare';

const VIEWS: { value: TraceViewKind; label: string }[] = [
  { value: 'waterfall', label: 'Waterfall' },
  { value: 'flame', label: 'Flame graph' },
  { value: 'graph', label: 'Services' },
  { value: 'compare', label: 'Compare' },
];

interface Props {
  shape: TraceShape;
  /** The lines of the trace; undefined until they are read. */
  logs: readonly LogRow[] | undefined;
  colours: PaintColours;
  onReload: () => void;
  isReloading: boolean;
  view: TraceViewKind;
  onView: (view: TraceViewKind) => void;
  /** Null when the trace has no gaps to fold, or none are shown. */
  foldGaps: boolean | null;
  onFoldGaps: (fold: boolean) => void;
}

/** What the trace is, in two lines: its root, its size, and which services its time went to. */
export function TraceSummary({ shape, logs, colours, onReload, isReloading, view, onView, foldGaps, onFoldGaps }: Props) {
  const { trace, tree } = shape;
  const root = [...tree.order.subarray(0, tree.nodeCount)].find((node) => node < tree.spanCount && tree.parent[node] === -1);
  const orphans = tree.missingParentIds.length;
  const services = servicesByTime(shape);
  const range = useTimeRange();
  const startMs = Number(unixNanos(trace, 0) / 1_000_000n);
  return (
    <div className={classes.summary}>
      <div className={classes.title}>
        <h2>
          {root === undefined ? (
            <span className={classes.dim}>Root span missing</span>
          ) : (
            <>
              <span className={classes.rootService}>{trace.services[trace.service[root]!]}</span> {trace.name[root]}
            </>
          )}
        </h2>
        <span className={classes.traceId}>
          <span className={classes.mono}>{trace.traceId}</span> <CopyButton text={trace.traceId} label="Copy" what="the trace id" />
        </span>
        <span className={classes.tools}>
          <SegmentedControl aria-label="The trace as" value={view} onChange={(next) => onView(next as TraceViewKind)} data={VIEWS} />
          {foldGaps !== null && (
            <label className={classes.check}>
              <input type="checkbox" checked={foldGaps} onChange={(e) => onFoldGaps(e.currentTarget.checked)} /> Fold idle gaps
            </label>
          )}
          <Link
            to="/explore/logs"
            search={{ q: traceLogsQuery(trace.traceId, logs ?? []), ...rangeWith(range, startMs, startMs + Math.ceil(trace.durationNanos / 1e6)) }}
            className={controls.button}
          >
            <IconListDetails size={16} stroke={1.6} aria-hidden /> Logs of this trace
            {logs !== undefined && <span className={`num ${classes.dim}`}>{formatCount(logs.length)}</span>}
          </Link>
          <button
            type="button"
            className={controls.button}
            onClick={onReload}
            disabled={isReloading}
            title="Spans that arrived since are added"
          >
            {isReloading ? 'Reloading…' : 'Reload'}
          </button>
        </span>
      </div>
      <div className={classes.facts}>
        <span>
          <b>{formatNanos(trace.durationNanos)}</b>
        </span>
        <span>{formatDateTime(startMs)}</span>
        <span>{formatCount(trace.spanCount)} spans</span>
        {trace.errorCount > 0 && (
          <span className={classes.errors}>
            ! {formatCount(trace.errorCount)} {trace.errorCount === 1 ? 'error' : 'errors'}
          </span>
        )}
        <span className={classes.services}>
          {services.map(({ index, share }) => (
            <span key={index} title={`${Math.round(share * 100)} % of the critical path`}>
              <i style={{ background: colours.service[index] }} />
              <Link to="/service/$service" params={{ service: trace.services[index]! }} search={rangeWith(range, startMs, startMs)} className={classes.serviceLink}>
                {trace.services[index]}
              </Link>{' '}
              <span className={classes.dim}>{share >= 0.005 ? `${Math.round(share * 100)} %` : ''}</span>
            </span>
          ))}
        </span>
      </div>
      {(trace.partialReason || orphans > 0 || trace.duplicateCount > 0) && (
        <div className={classes.warning}>
          {trace.partialReason && <span>Partial trace: {trace.partialReason}. </span>}
          {orphans > 0 && (
            <span>
              {orphans} parent {orphans === 1 ? 'span is' : 'spans are'} missing: not sent, not sampled, or not here yet. What hangs on{' '}
              {orphans === 1 ? 'it' : 'them'} stands under a marker.{' '}
            </span>
          )}
          {trace.duplicateCount > 0 && <span>{trace.duplicateCount} spans came twice and are shown once.</span>}
        </div>
      )}
    </div>
  );
}

const MAX_SERVICES = 12;

function servicesByTime({ trace, path }: TraceShape): { index: number; share: number }[] {
  const nanos = new Float64Array(trace.services.length);
  for (let node = 0; node < trace.spanCount; node++) nanos[trace.service[node]!]! += criticalNanos(path, node);
  return [...nanos.keys()]
    .map((index) => ({ index, share: path.durationNanos > 0 ? nanos[index]! / path.durationNanos : 0 }))
    .sort((a, b) => b.share - a.share)
    .slice(0, MAX_SERVICES);
}
