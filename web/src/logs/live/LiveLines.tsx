import { useCallback } from 'react';
import { IconAlertCircle, IconPlayerPause, IconPlayerPlay, IconTrash } from '@tabler/icons-react';
import controls from '../../controls/Controls.module.css';
import { formatCount } from '../../format/number';
import { QueryFailure } from '../../query/QueryFailure';
import frame from '../../query/Query.module.css';
import { distinguishingLabel } from '../query/lokiAnswer';
import type { LogRow } from '../query/lokiAnswer';
import type { LineView } from '../url';
import { LogList } from '../view/LogList';
import type { RowActions } from '../view/LogList';
import classes from './Live.module.css';
import type { LiveTail } from './useLiveTail';

interface Props {
  tail: LiveTail;
  query: string;
  wrap: boolean;
  show: LineView;
  rowPx: number;
  needles: readonly string[];
  timeText: (row: LogRow) => string;
  actions: RowActions;
}

/** Lines as they come, the newest at the bottom. Scrolling up pauses; what is skipped is said. */
export function LiveLines({ tail, query, wrap, show, rowPx, needles, timeText, actions }: Props) {
  const { buffer, isPaused, setPaused, isOpen } = tail;
  const { rows, waitingCount, skipped } = buffer;
  const follow = useCallback((follows: boolean) => setPaused(!follows), [setPaused]);
  const rate = buffer.rate(performance.now());
  return (
    <>
      <div className={classes.bar}>
        <span className={classes.state} data-state={isPaused ? 'paused' : isOpen ? 'open' : 'lost'} role="status">
          {isPaused ? 'Paused' : isOpen ? 'Live' : 'Connecting…'}
        </span>
        <button type="button" className={controls.button} onClick={() => setPaused(!isPaused)}>
          {isPaused ? <IconPlayerPlay size={14} stroke={1.8} aria-hidden /> : <IconPlayerPause size={14} stroke={1.8} aria-hidden />}
          {isPaused ? (waitingCount > 0 ? `Resume · ${formatCount(waitingCount)} new` : 'Resume') : 'Pause'}
        </button>
        <button type="button" className={controls.button} onClick={tail.clear} disabled={rows.length === 0}>
          <IconTrash size={14} stroke={1.8} aria-hidden /> Clear
        </button>
        <span className={`num ${classes.counts}`}>
          <span>{formatCount(Math.round(rate))} lines/s</span>
          <span>{formatCount(rows.length)} shown</span>
        </span>
      </div>
      {skipped > 0 && (
        <p className={`${frame.warning} ${classes.skipped}`} role="alert">
          <IconAlertCircle size={16} stroke={1.6} aria-hidden />
          <span>
            <b>{formatCount(skipped)} lines skipped.</b> They came faster than they could be shown. They are stored: end Live to query them, or add a filter.
          </span>
        </p>
      )}
      {tail.error ? (
        <div className={classes.notice}>
          <QueryFailure error={tail.error} expression={query} onRetry={NOTHING} />
        </div>
      ) : rows.length === 0 ? (
        <p className={classes.notice}>Waiting for lines that match. Nothing came in the last minutes.</p>
      ) : (
        <LogList
          rows={rows}
          version={buffer.version}
          wrap={wrap}
          show={show}
          rowPx={rowPx}
          needles={needles}
          timeText={timeText}
          sourceLabel={distinguishingLabel(rows)}
          actions={actions}
          onMore={NOTHING}
          follow={!isPaused}
          onFollow={follow}
          footer=""
        />
      )}
    </>
  );
}

const NOTHING = () => {};
