import { IconChartLine, IconChevronRight, IconListDetails, IconTimelineEvent } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { ITEM_NAMES, protocolName, SIGNAL_NAMES } from '../../api/protocols';
import type { Signal, SignalStatus } from '../../api/triptych';
import { useArrivals } from '../../app/arrivals';
import { Sparkline } from '../../charts/Sparkline';
import { formatCount, formatSi } from '../../format/number';
import { formatAgo } from '../../format/time';
import { useNow } from '../useNow';
import { isMeasured } from './isMeasured';
import classes from './SignalCard.module.css';

const ICONS = { metrics: IconChartLine, logs: IconListDetails, traces: IconTimelineEvent } as const;
const PATHS = { metrics: '/explore/metrics', logs: '/explore/logs', traces: '/explore/traces' } as const;
const SLOTS = 90;

/** A live counter of one signal: how much arrives now, and from where. */
export function SignalCard({ signal, status }: { signal: Signal; status: SignalStatus | undefined }) {
  const arrivals = useArrivals();
  const now = useNow(1000);
  const Icon = ICONS[signal];
  const items = ITEM_NAMES[signal];
  const waiting = status !== undefined && status.lastReceivedUnixMs === null;

  return (
    <section className={`panel ${classes.card}`} aria-label={SIGNAL_NAMES[signal]} aria-busy={status === undefined} data-signal={signal} data-arrived={status !== undefined && !waiting}>
      <header className={classes.head}>
        <Icon size={16} stroke={1.6} aria-hidden />
        <h2>{SIGNAL_NAMES[signal]}</h2>
        <Link to={PATHS[signal]} className={classes.explore}>
          Explore <IconChevronRight size={14} stroke={1.8} aria-hidden />
        </Link>
      </header>
      <div className={classes.now}>
        <div className={classes.rate}>
          {status === undefined ? (
            <div className="skeleton" style={{ width: 150, height: 24, margin: '2px 0' }} />
          ) : waiting ? (
            <p className={classes.waiting}>
              <i aria-hidden /> {status.hasStored ? `No ${items.many} since the start` : `Waiting for the first ${items.one}`}
            </p>
          ) : (
            <p>
              <b className="num">{isMeasured(status, arrivals.length, now) ? formatSi(status.perSecond) : '–'}</b> {items.many}/s
            </p>
          )}
          <p className={`num ${classes.total}`} title={status && formatCount(status.acceptedTotal)}>
            {status === undefined ? '\u00a0' : waiting ? (status.hasStored ? `Older ${items.many} are kept: Explore finds them` : 'Nothing has arrived yet') : `${formatSi(status.acceptedTotal)} since the start, last ${formatAgo(status.lastReceivedUnixMs!, now)}`}
          </p>
        </div>
        <div className={classes.spark}>
          <Sparkline values={arrivals.map((point) => point.perSecond[signal])} slots={SLOTS} width={140} height={40} colour="var(--accent)" />
        </div>
      </div>
      <ul className={classes.sources}>
        {status?.sources.map((source) => (
          <li key={source.protocol}>
            <Link to="/data" className={classes.source}>
              <span className={classes.dot} data-fresh={source.lastReceivedUnixMs !== null && now - source.lastReceivedUnixMs < 60_000} aria-hidden />
              <span>{protocolName(source.protocol)}</span>
              <span className={`num ${classes.number}`}>{formatSi(source.acceptedTotal)}</span>
              {source.refusedTotal > 0 && <span className={`num ${classes.refused}`}>{formatSi(source.refusedTotal)} refused</span>}
              <span className={`num ${classes.ago}`}>{source.lastReceivedUnixMs === null ? 'never' : formatAgo(source.lastReceivedUnixMs, now)}</span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
