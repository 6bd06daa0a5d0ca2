import { useState } from 'react';
import type { LogRow } from '../../logs/query/lokiAnswer';
import { LEVEL_COLOURS } from '../../logs/view/levelColours';
import { prettyLine } from '../../logs/parse/fields';
import { offsetNanos } from '../model/decode';
import type { Trace } from '../model/decode';
import { spanIdOf } from '../traceLogs';
import classes from './SpanPanel.module.css';

const MAX_SHOWN = 200;

interface Props {
  trace: Trace;
  node: number;
  logs: { rows: readonly LogRow[] | undefined; error: Error | null; isPending: boolean };
  durationText: (nanos: number) => string;
}

/** Lines written inside the span; one click shows those of the whole trace. */
export function SpanLogs({ trace, node, logs, durationText }: Props) {
  const [ofTrace, setOfTrace] = useState(false);
  const [open, setOpen] = useState<LogRow | null>(null);
  const all = logs.rows ?? [];
  const ofSpan = all.filter((row) => spanIdOf(row) === trace.spanId[node]);
  const shown = ofTrace ? all : ofSpan;
  return (
    <details open className={classes.section}>
      <summary>
        Logs <span className={classes.dim}>{logs.isPending ? '…' : `${ofSpan.length} of this span, ${all.length} of the trace`}</span>
      </summary>
      {logs.error && <p className={classes.problem}>The logs could not be loaded: {logs.error.message}</p>}
      {!logs.isPending && !logs.error && all.length === 0 && (
        <p className={classes.dim}>
          No line names this trace. Lines are linked when they hold the trace id, as a field or as traceId=… in the text.
        </p>
      )}
      {all.length > ofSpan.length && (
        <button type="button" className={classes.textButton} onClick={() => setOfTrace(!ofTrace)}>
          {ofTrace ? 'Only this span' : `Show all ${all.length} lines of the trace`}
        </button>
      )}
      <ol className={classes.logs}>
        {shown.slice(0, MAX_SHOWN).map((row, i) => (
          <li key={i} style={{ borderLeftColor: LEVEL_COLOURS[row.level] }} data-open={row === open || undefined}>
            <button type="button" onClick={() => setOpen(row === open ? null : row)} title={row.level}>
              <span className={classes.dim}>{signed(durationText, offsetNanos(trace, row.unixNanos))}</span>{' '}
              {ofTrace && <span className={classes.dim}>{row.stream.service_name}</span>} {row === open ? prettyLine(row.line) : row.line}
            </button>
          </li>
        ))}
      </ol>
      {shown.length > MAX_SHOWN && <p className={classes.dim}>The first {MAX_SHOWN} lines; “Logs of this span” shows all.</p>}
    </details>
  );
}

function signed(durationText: (nanos: number) => string, nanos: number): string {
  return nanos < 0 ? `−${durationText(-nanos)}` : `+${durationText(nanos)}`;
}
