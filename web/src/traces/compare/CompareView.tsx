import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { messageOf } from '../../api/http';
import { quoted } from '../../api/quoted';
import controls from '../../controls/Controls.module.css';
import { formatNanos } from '../../format/duration';
import { formatCount, formatPercent, significant } from '../../format/number';
import { formatDateTime } from '../../format/time';
import { shortTraceId } from '../../format/traceId';
import { useTimeRange } from '../../time/TimeRangeProvider';
import { flameOf } from '../flame/flame';
import type { Trace } from '../model/decode';
import { selfTimes } from '../model/selfTime';
import { buildTree } from '../model/tree';
import { useServiceColour } from '../paintColours';
import { typedTraceId } from '../search/searchAnswer';
import { fetchTrace, searchTraces } from '../traceApi';
import type { TraceShape } from '../waterfall/paint';
import { compared, differences } from './compare';
import type { ComparedRow, NamedFlame, Side } from './compare';
import classes from './Compare.module.css';

const MOST_ROWS = 400;
const MOST_CANDIDATES = 20;
/** From here on a factor says more than a percentage. */
const MANY_TIMES = 3;

interface Props {
  shape: TraceShape;
  /** The id of the other trace; null while none is chosen. */
  otherId: string | null;
  onOther: (traceId: string | null) => void;
}

/** This trace beside another one: what took how long in each, at the same place. */
export function CompareView({ shape, otherId, onOther }: Props) {
  const other = useQuery({ queryKey: ['trace', otherId], enabled: otherId !== null, staleTime: Infinity, queryFn: ({ signal }) => fetchTrace(otherId!, signal) });
  if (otherId === null) return <Candidates shape={shape} onOther={onOther} />;
  if (other.isPending) return <div className={`skeleton ${classes.waiting}`} aria-busy />;
  if (other.data === undefined || other.data === null) {
    return (
      <div className={classes.note} role="alert">
        <p>{other.error ? messageOf(other.error) : `The server does not know the trace ${otherId}.`}</p>
        <button type="button" className={controls.button} onClick={() => onOther(null)}>
          Choose another one
        </button>
      </div>
    );
  }
  return <Comparison shape={shape} other={other.data} onOther={onOther} />;
}

function Comparison({ shape, other, onOther }: { shape: TraceShape; other: Trace; onOther: (traceId: string | null) => void }) {
  const colourOf = useServiceColour();
  const rows = useMemo(() => {
    const first: NamedFlame = { flame: flameOf(shape.trace, shape.tree, shape.selfNanos), services: shape.trace.services };
    const tree = buildTree(other);
    return compared(first, { flame: flameOf(other, tree, selfTimes(tree)), services: other.services });
  }, [shape, other]);
  const most = useMemo(() => differences(rows).slice(0, 3), [rows]);
  const longest = Math.max(1, ...rows.map((row) => Math.abs(longer(row))));
  const by = other.durationNanos - shape.trace.durationNanos;
  return (
    <div className={classes.view}>
      <div className={classes.summary}>
        <p>
          The other trace,{' '}
          <Link to="/trace/$traceId" params={{ traceId: other.traceId }} search={{}} className={`mono ${classes.link}`}>
            {shortTraceId(other.traceId)}
          </Link>{' '}
          of {formatDateTime(Number(other.startUnixNanos / 1_000_000n))}, took <b>{formatNanos(other.durationNanos)}</b>
          {by === 0 ? ', as long as this one' : `: ${formatNanos(Math.abs(by))} ${by > 0 ? 'longer' : 'less'} than this one`}.
          {most.length > 0 && (
            <>
              {' '}
              By themselves differ most:{' '}
              {most.map(({ service, name, nanos }, i) => (
                <span key={`${service} ${name}`}>
                  {i > 0 && ', '}
                  <b>{name}</b> <span className="dimmed">{service}</span> <Difference nanos={nanos} />
                </span>
              ))}
              .
            </>
          )}
        </p>
        <button type="button" className={controls.button} onClick={() => onOther(null)}>
          Choose another one
        </button>
      </div>
      <div className={classes.scroller}>
        <table className={classes.table}>
          <thead>
            <tr>
              <th>Operation</th>
              <th>This trace</th>
              <th>The other</th>
              <th>Difference</th>
              <th aria-hidden className={classes.barHead} />
              <th className={classes.wide}>Spans</th>
              <th className={classes.wide}>Errors</th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, MOST_ROWS).map((row, i) => (
              <tr key={i} data-only={row.first === null ? 'second' : row.second === null ? 'first' : undefined}>
                <td style={{ paddingLeft: 12 + Math.min(row.depth, 24) * 14 }}>
                  <i style={{ background: row.service === '' ? 'transparent' : colourOf(row.service) }} aria-hidden />
                  {row.name} <span className="dimmed">{row.service}</span>
                </td>
                <td className="num">
                  <Took side={row.first} />
                </td>
                <td className="num">
                  <Took side={row.second} />
                </td>
                <td className="num">{row.first === null ? 'only there' : row.second === null ? 'only here' : <Difference nanos={longer(row)} of={row.first.totalNanos} />}</td>
                <td className={classes.bar} aria-hidden>
                  <span data-longer={longer(row) > 0} style={{ width: `${(Math.abs(longer(row)) / longest) * 50}%` }} />
                </td>
                <td className={`num ${classes.wide}`}>{change(row.first?.spans ?? 0, row.second?.spans ?? 0)}</td>
                <td className={`num ${classes.wide}`}>{(row.first?.errors ?? 0) + (row.second?.errors ?? 0) > 0 ? <b className={classes.bad}>! {change(row.first?.errors ?? 0, row.second?.errors ?? 0)}</b> : ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {rows.length > MOST_ROWS && <p className={classes.more}>The first {MOST_ROWS} of {formatCount(rows.length)} places.</p>}
      </div>
    </div>
  );
}

function longer({ first, second }: ComparedRow): number {
  return (second?.totalNanos ?? 0) - (first?.totalNanos ?? 0);
}

function change(from: number, to: number): string {
  return from === to ? formatCount(from) : `${formatCount(from)} → ${formatCount(to)}`;
}

function Took({ side }: { side: Side | null }) {
  return side === null ? <span className="dimmed">–</span> : <>{formatNanos(side.totalNanos)}</>;
}

/** With its sign, and as a share where there is something to compare with; under a hundredth it is no difference. */
function Difference({ nanos, of }: { nanos: number; of?: number }) {
  if (nanos === 0 || (of !== undefined && of > 0 && Math.abs(nanos) < of / 100)) return <span className="dimmed">same</span>;
  const sign = nanos > 0 ? '+' : '−';
  return (
    <span className={nanos > 0 ? classes.bad : classes.good}>
      {sign}
      {formatNanos(Math.abs(nanos))}
      {of !== undefined && of > 0 && <span className="dimmed"> {nanos / of >= MANY_TIMES - 1 ? `×${significant(nanos / of + 1, 2)}` : sign + formatPercent(Math.abs(nanos) / of, 2)}</span>}
    </span>
  );
}

/** Traces that begin as this one does: what one mostly wants to compare with. */
function Candidates({ shape: { trace, tree }, onOther }: { shape: TraceShape; onOther: (traceId: string) => void }) {
  const { startMs, endMs, tick } = useTimeRange();
  const [typed, setTyped] = useState('');
  const id = typedTraceId(typed);
  const root = [...tree.order].find((node) => node < tree.spanCount && tree.parent[node] === -1) ?? 0;
  const query = `{ resource.service.name = ${quoted(trace.services[trace.service[root]!]!)} && name = ${quoted(trace.name[root]!)} }`;
  const { data, error, isPending } = useQuery({
    queryKey: ['compare-candidates', query, startMs, endMs, tick],
    queryFn: ({ signal }) => searchTraces({ query, startMs, endMs, limit: MOST_CANDIDATES + 1 }, signal),
  });
  const others = (data?.traces ?? []).filter(({ traceId }) => traceId !== trace.traceId).slice(0, MOST_CANDIDATES);
  return (
    <div className={classes.view}>
      <form
        className={classes.summary}
        onSubmit={(event) => {
          event.preventDefault();
          if (id) onOther(id);
        }}
      >
        <p>Compare with a trace that begins as this one does, or with any other:</p>
        <input className={controls.input} value={typed} placeholder="Trace id" aria-label="Trace id to compare with" aria-invalid={typed !== '' && !id} spellCheck={false} onChange={(event) => setTyped(event.currentTarget.value)} />
        <button type="submit" className={controls.button} disabled={!id}>
          Compare
        </button>
      </form>
      {error !== null && (
        <p className={classes.note} role="alert">
          {messageOf(error)}
        </p>
      )}
      {isPending ? (
        <div className={`skeleton ${classes.waiting}`} aria-busy />
      ) : (
        <div className={classes.scroller}>
          {others.length === 0 && error === null && <p className={classes.note}>No other trace begins like this in the time range. Take a longer one at the top right, or paste an id.</p>}
          <ul className={classes.candidates}>
            {others.map((one) => (
              <li key={one.traceId}>
                <button type="button" onClick={() => onOther(one.traceId)}>
                  <span className="mono">{shortTraceId(one.traceId)}</span>
                  <b className="num">{formatNanos(one.durationMs * 1e6)}</b>
                  <span className="num dimmed">{formatDateTime(one.startMs)}</span>
                  <span className="num dimmed">{one.spanCount === null ? '' : `${one.spanCount} spans`}</span>
                  {one.errorCount > 0 && <b className={`num ${classes.bad}`}>! {one.errorCount}</b>}
                </button>
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}
