import { IconX } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useUiSettings } from '../../api/uiSettings';
import { formatDateTime } from '../../format/time';
import { quote } from '../../logs/query/logql';
import type { LogRow } from '../../logs/query/lokiAnswer';
import { CopyButton } from '../../controls/CopyButton';
import { criticalNanos } from '../model/criticalPath';
import { offsetNanos, unixNanos } from '../model/decode';
import { hexId, spanStatus, valueText } from '../model/otlp';
import type { KeyValue } from '../model/otlp';
import { exploreRate } from '../../services/model/spanQueries';
import { rangeWith } from '../../time/rangeWith';
import { useTimeRange } from '../../time/TimeRangeProvider';
import type { TraceShape } from '../waterfall/paint';
import { linesQuery } from '../traceLogs';
import { SpanLogs } from './SpanLogs';
import classes from './SpanPanel.module.css';

interface Props {
  shape: TraceShape;
  node: number;
  colour: string;
  durationText: (nanos: number) => string;
  logs: { rows: readonly LogRow[] | undefined; error: Error | null; isPending: boolean };
  onSelect: (node: number) => void;
  onClose: () => void;
}

/** All about one span, and where to go from it. */
export function SpanPanel({ shape, node, colour, durationText, logs, onSelect, onClose }: Props) {
  const { trace, tree, path, selfNanos } = shape;
  const { span, scope, resource } = trace.source[node]!;
  const service = trace.services[trace.service[node]!]!;
  const duration = trace.endNanos[node]! - trace.startNanos[node]!;
  const critical = criticalNanos(path, node);
  const status = spanStatus(span.status?.code);
  const [filter, setFilter] = useState('');
  const range = useTimeRange();
  const { filterBy, spanStartShiftMs, spanEndShiftMs } = useUiSettings().traceToLogs;
  const atMs = (nanos: number) => Number(unixNanos(trace, nanos) / 1_000_000n);
  const rangeOf = (beforeMs?: number, afterMs?: number) => rangeWith(range, atMs(trace.startNanos[node]!), atMs(trace.endNanos[node]!), beforeMs, afterMs);
  const share = (nanos: number, of: number) => (of > 0 ? ` (${Math.round((nanos / of) * 100)} %)` : '');

  return (
    <aside className={classes.panel} aria-label="Span">
      <header className={classes.header}>
        <span className={classes.stripe} style={{ background: colour }} />
        <div className={classes.titles}>
          <h3>{trace.name[node]}</h3>
          <span className={classes.dim}>
            {service} · {trace.kind[node]}
          </span>
        </div>
        <button type="button" className={classes.close} aria-label="Close" title="Close (Esc)" onClick={onClose}>
          <IconX size={18} stroke={1.6} aria-hidden />
        </button>
      </header>

      <div className={classes.body}>
        {status === 'error' && (
          <div className={classes.failed}>
            <strong>! Error</strong>{' '}
            {span.status?.message || exceptionMessage(span.events) || <FailedBelow shape={shape} node={node} onSelect={onSelect} />}
          </div>
        )}
        <dl className={classes.facts}>
          <Fact name="Duration">{durationText(duration)}</Fact>
          <Fact name="Self time">
            {durationText(selfNanos[node]!)}
            <span className={classes.dim}>{share(selfNanos[node]!, duration)}</span>
          </Fact>
          <Fact name="On critical path">
            {critical > 0 ? durationText(critical) : 'no'}
            {critical > 0 && <span className={classes.dim}>{share(critical, path.durationNanos)}</span>}
          </Fact>
          <Fact name="Starts at">+{durationText(tree.startNanos[node]!)}</Fact>
        </dl>

        <nav className={classes.links} aria-label="From this span">
          <Link to="/explore/logs" search={{ q: linesQuery(filterBy, trace.traceId, logs.rows ?? [], service), ...rangeOf(spanStartShiftMs, spanEndShiftMs) }}>
            Logs of this span
          </Link>
          <Link to="/service/$service" params={{ service }} search={rangeOf()}>
            Metrics of this service
          </Link>
          <Link to="/explore/metrics" search={{ q: exploreRate(service), ...rangeOf() }}>
            in Explore
          </Link>
          <Link to="/explore/traces" search={{ q: `{ resource.service.name = ${quote(service)} && name = ${quote(trace.name[node]!)} }` }}>
            Traces like this
          </Link>
        </nav>

        <input
          className={classes.filter}
          type="search"
          placeholder="Filter attributes"
          aria-label="Filter attributes"
          value={filter}
          onChange={(e) => setFilter(e.currentTarget.value)}
        />
        <Attributes title="Attributes" scope="span" attributes={span.attributes} filter={filter} />
        {(span.events ?? []).length > 0 && (
          <Section title="Events" count={span.events!.length}>
            {span.events!.map((event, i) => (
              <div key={i} className={classes.event}>
                <div className={classes.eventHead}>
                  <strong>{event.name || 'event'}</strong>
                  <span className={classes.mono}>+{durationText(offsetNanos(trace, event.timeUnixNano) - trace.startNanos[node]!)}</span>
                </div>
                <AttributeList scope="event" attributes={event.attributes} filter="" />
              </div>
            ))}
          </Section>
        )}
        {(span.links ?? []).length > 0 && (
          <Section title="Links" count={span.links!.length}>
            {span.links!.map((link, i) => (
              <div key={i} className={classes.event}>
                <Link to="/trace/$traceId" params={{ traceId: hexId(link.traceId) }} search={{ span: hexId(link.spanId) }}>
                  <span className={classes.mono}>{hexId(link.traceId)}</span>
                </Link>
                <AttributeList scope="link" attributes={link.attributes} filter="" />
              </div>
            ))}
          </Section>
        )}
        <SpanLogs trace={trace} node={node} logs={logs} durationText={durationText} />
        <Attributes title="Resource" scope="resource" attributes={resource?.attributes} filter={filter} />
        <Section title="Identity">
          <AttributeRows
            rows={[
              ['span id', trace.spanId[node]!],
              ['parent span id', trace.parentSpanId[node] || 'none: this is a root'],
              ['trace id', trace.traceId],
              ['started', formatDateTime(Number(unixNanos(trace, trace.startNanos[node]!) / 1_000_000n))],
              ...(scope?.name ? [['scope', [scope.name, scope.version].filter(Boolean).join(' ')] as [string, string]] : []),
              ...(span.traceState ? [['trace state', span.traceState] as [string, string]] : []),
            ]}
          />
        </Section>
      </div>
    </aside>
  );
}

/** A span that failed without a word mostly failed by one below it: the deepest of those is where to look. */
function FailedBelow({ shape: { trace, tree }, node, onSelect }: { shape: TraceShape; node: number; onSelect: (node: number) => void }) {
  const at = tree.position[node]!;
  let deepest = -1;
  for (let i = at + 1; i < tree.subtreeEnd[at]!; i++) {
    const below = tree.order[i]!;
    if (trace.isError[below] === 1 && (deepest === -1 || tree.depth[below]! > tree.depth[deepest]!)) deepest = below;
  }
  if (deepest === -1) return <>The span gives no reason.</>;
  const { span } = trace.source[deepest]!;
  return (
    <>
      in{' '}
      <button type="button" className={classes.textButton} onClick={() => onSelect(deepest)}>
        {trace.services[trace.service[deepest]!]} · {trace.name[deepest]}
      </button>{' '}
      {span.status?.message || exceptionMessage(span.events)}
    </>
  );
}

function exceptionMessage(events: { name?: string; attributes?: KeyValue[] }[] | undefined): string {
  const exception = events?.find((event) => event.name === 'exception');
  return valueText(exception?.attributes?.find((kv) => kv.key === 'exception.message')?.value);
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Section({ title, count, children }: { title: string; count?: number; children: ReactNode }) {
  return (
    <details open className={classes.section}>
      <summary>
        {title} {count !== undefined && <span className={classes.dim}>{count}</span>}
      </summary>
      {children}
    </details>
  );
}

function Attributes({
  title,
  scope,
  attributes,
  filter,
}: {
  title: string;
  scope: 'span' | 'resource';
  attributes: KeyValue[] | undefined;
  filter: string;
}) {
  if (!attributes || attributes.length === 0) return null;
  return (
    <Section title={title} count={attributes.length}>
      <AttributeList scope={scope} attributes={attributes} filter={filter} />
    </Section>
  );
}

function AttributeList({
  scope,
  attributes,
  filter,
}: {
  scope: 'span' | 'resource' | 'event' | 'link';
  attributes: KeyValue[] | undefined;
  filter: string;
}) {
  const needle = filter.toLowerCase();
  const rows = (attributes ?? [])
    .map((kv): [string, string, KeyValue] => [kv.key, valueText(kv.value), kv])
    .filter(([key, value]) => needle === '' || key.toLowerCase().includes(needle) || value.toLowerCase().includes(needle))
    .sort((a, b) => a[0].localeCompare(b[0]));
  return <AttributeRows rows={rows.map(([key, value]) => [key, value])} queryOf={(i) => traceqlFor(scope, rows[i]![2])} />;
}

/** A search for spans with the same value; null for values that TraceQL has no literal for. */
function traceqlFor(scope: string, { key, value }: KeyValue): string | null {
  if (!/^[\w.-]+$/.test(key) || !value) return null;
  const literal =
    value.stringValue !== undefined
      ? JSON.stringify(value.stringValue)
      : value.intValue !== undefined
        ? String(value.intValue)
        : value.doubleValue !== undefined
          ? String(value.doubleValue)
          : value.boolValue !== undefined
            ? String(value.boolValue)
            : null;
  return literal === null || literal.length > 200 ? null : `{ ${scope}.${key} = ${literal} }`;
}

function AttributeRows({ rows, queryOf }: { rows: [string, string][]; queryOf?: (index: number) => string | null }) {
  return (
    <dl className={classes.attributes}>
      {rows.map(([key, value], i) => {
        const query = queryOf?.(i) ?? null;
        return (
          <div key={key}>
            <dt title={key}>{key}</dt>
            <dd>{value.includes('\n') ? <pre>{value}</pre> : value}</dd>
            <span className={classes.rowTools}>
              {query && (
                <Link to="/explore/traces" search={{ q: query }} title={`Search ${query}`}>
                  Find
                </Link>
              )}
              <CopyButton text={value} label="Copy" what={key} />
            </span>
          </div>
        );
      })}
    </dl>
  );
}
