import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import type { ReactNode } from 'react';
import { prettyLine } from '../parse/fields';
import { summaryOf } from '../parse/summary';
import { traceIdOf, traceIdsInText } from '../parse/traceIds';
import type { LogRow } from '../query/lokiAnswer';
import type { LineView } from '../url';
import { LEVEL_COLOURS, LEVEL_NAMES } from './levelColours';
import { LogDetails } from './LogDetails';
import type { RowActions } from './LogList';
import { TraceLink } from './TraceLink';
import classes from './Logs.module.css';

/** Longer lines are cut where they are shown in one row; opening the row shows all. */
const MAX_SHOWN_CHARS = 2000;

interface Props {
  row: LogRow;
  timeText: string;
  /** What wrote the line, when the list holds lines of several sources. */
  source: string | null;
  wrap: boolean;
  show: LineView;
  needles: readonly string[];
  isExpanded: boolean;
  isCursor: boolean;
  onToggle: (row: LogRow) => void;
  actions: RowActions;
  onGrow: () => void;
}

export const LogRowView = memo(function LogRowView({
  row,
  timeText,
  source,
  wrap,
  show,
  needles,
  isExpanded,
  isCursor,
  onToggle,
  actions,
  onGrow,
}: Props) {
  const traceId = traceIdOf(row.line, row.metadata, row.parsed, row.stream);
  const oneRow = (text: string) => (wrap ? text : text.slice(0, MAX_SHOWN_CHARS).replace(/\r?\n/g, ' ↵ '));
  const summary = show === 'message' ? summaryOf(row.line) : null;
  return (
    <div
      className={classes.item}
      role="listitem"
      data-level={row.level}
      data-expanded={isExpanded || undefined}
      data-cursor={isCursor || undefined}
    >
      <div
        className={classes.row}
        onClick={(event) => {
          // Selecting text or following a link is not opening the row.
          if (window.getSelection()?.toString() || (event.target as HTMLElement).closest('a')) return;
          onToggle(row);
        }}
      >
        <span className={classes.level} style={{ background: LEVEL_COLOURS[row.level] }} title={LEVEL_NAMES[row.level]}>
          <span className="visually-hidden">{LEVEL_NAMES[row.level]}</span>
        </span>
        <time
          className={classes.time}
          dateTime={new Date(row.timestampMs).toISOString()}
          title={`${new Date(row.timestampMs).toISOString()} · ${row.unixNanos} ns`}
        >
          {timeText}
        </time>
        {source !== null &&
          (source === row.stream['service_name'] ? (
            <Link to="/service/$service" params={{ service: source }} search={{}} preload={false} className={`${classes.source} ${classes.sourceLink}`} title={`Rate, errors and latency of ${source}`}>
              {source}
            </Link>
          ) : (
            <span className={classes.source} title={source}>
              {source}
            </span>
          ))}
        <span className={classes.trace}>{traceId && <TraceLink traceId={traceId}>trace</TraceLink>}</span>
        <span className={classes.line} data-wrap={wrap || show === 'indented' || undefined}>
          {summary === null ? (
            marked(show === 'indented' ? prettyLine(row.line) : oneRow(row.line), needles)
          ) : (
            <>
              <span className={classes.message}>{marked(oneRow(summary.message), needles)}</span>
              {summary.particulars.map(({ name, value }) => (
                <span key={name} className={classes.particular}>
                  {'  '}
                  {name}=<span>{marked(oneRow(value), needles)}</span>
                </span>
              ))}
            </>
          )}
        </span>
      </div>
      {isExpanded && <LogDetails row={row} traceId={traceId} actions={actions} onGrow={onGrow} />}
    </div>
  );
});

interface Mark {
  from: number;
  to: number;
  traceId: string | null;
}

/** The line with trace ids as links and what was searched for marked. */
function marked(line: string, needles: readonly string[]): ReactNode {
  const marks: Mark[] = traceIdsInText(line).map((place) => ({ from: place.from, to: place.to, traceId: place.traceId }));
  for (const needle of needles) {
    for (let at = line.indexOf(needle); at !== -1; at = line.indexOf(needle, at + needle.length)) {
      const mark = { from: at, to: at + needle.length, traceId: null };
      if (!marks.some((m) => m.from < mark.to && mark.from < m.to)) marks.push(mark);
    }
  }
  if (marks.length === 0) return line;
  marks.sort((a, b) => a.from - b.from);
  const parts: ReactNode[] = [];
  let at = 0;
  for (const mark of marks) {
    const text = line.slice(mark.from, mark.to);
    parts.push(line.slice(at, mark.from));
    parts.push(
      mark.traceId ? (
        <TraceLink key={mark.from} traceId={mark.traceId}>
          {text}
        </TraceLink>
      ) : (
        <mark key={mark.from}>{text}</mark>
      ),
    );
    at = mark.to;
  }
  parts.push(line.slice(at));
  return parts;
}
