import { IconAlertTriangle, IconCircleCheck, IconClockPause, IconPointFilled } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { messageOf } from '../api/http';
import { ITEM_NAMES, protocolName, SIGNAL_NAMES } from '../api/protocols';
import { useArrivals } from '../app/arrivals';
import { useSources } from '../app/useSources';
import { PanelHead } from '../controls/PanelHead';
import { Sparkline } from '../charts/Sparkline';
import { formatMillis, formatSeconds } from '../format/duration';
import { formatCount, formatPercent, formatSi } from '../format/number';
import { formatAgo, formatDateTime } from '../format/time';
import { useNow } from '../home/useNow';
import classes from './Data.module.css';
import { OverLimitNote } from './OverLimitNote';
import { RefusalsPanel } from './RefusalsPanel';
import { refusalRows } from './refusals';
import { sourceRows } from './sourceRows';
import type { SourceRow } from './sourceRows';

/** What arrives, by which way, and what was refused and why. */
export default function DataPage() {
  const { data, error } = useSources();
  const arrivals = useArrivals();
  const now = useNow(1000);
  const groups = data === undefined ? null : sourceRows(data, now);

  return (
    <div className={classes.page} data-gutter>
      {error !== null && data === undefined && (
        <p className={classes.failure} role="alert">
          <IconAlertTriangle size={18} stroke={1.6} aria-hidden /> {messageOf(error)}
        </p>
      )}
      <OverLimitNote tenants={data?.seriesOverLimit ?? []} />
      <section className={`panel ${classes.sources}`} aria-label="Sources" aria-busy={data === undefined && error === null}>
        <PanelHead title="Sources">{data !== undefined && <span className="num">{`Since ${formatDateTime(data.startedUnixMs)}, renewed every 2 s`}</span>}</PanelHead>
        {groups === null ? (
          <div className={classes.waiting} aria-hidden>
            {Array.from({ length: 9 }, (_, i) => (
              <div key={i} className="skeleton" />
            ))}
          </div>
        ) : (
          <div className={classes.scroll}>
            <table className={classes.table}>
              <thead>
                <tr>
                  <th>Signal and source</th>
                  <th className={classes.stateCell}>State</th>
                  <th className={classes.number}>Accepted</th>
                  <th className={`${classes.number} ${classes.late}`} title={`Came ${formatMillis(data?.lateAfterMs ?? 120_000)} or more after its time, told by the last item of each request`}>
                    Late
                  </th>
                  <th className={classes.number}>Refused</th>
                  <th className={classes.number}>Last received</th>
                  <th className={`${classes.number} ${classes.spark}`}>Now</th>
                </tr>
              </thead>
              {groups.map(({ signal, status, rows }) => (
                <tbody key={signal} data-signal={signal}>
                  <tr className={classes.signal}>
                    <th scope="rowgroup">{SIGNAL_NAMES[signal]}</th>
                    <td className={classes.stateCell}>{status.lastReceivedUnixMs === null && <span className="dimmed">Nothing yet</span>}</td>
                    <td className={`num ${classes.number}`} title={`${formatCount(status.acceptedTotal)} ${ITEM_NAMES[signal].many}`}>
                      {formatSi(status.acceptedTotal)}
                    </td>
                    <td className={`num ${classes.number} ${classes.late}`}>{formatSi(rows.reduce((sum, { lateTotal = 0 }) => sum + lateTotal, 0))}</td>
                    <td className={`num ${classes.number}`}>{status.refusedTotal === 0 ? '0' : formatSi(status.refusedTotal)}</td>
                    <td className={`num ${classes.number}`}>{status.lastReceivedUnixMs === null ? '–' : formatAgo(status.lastReceivedUnixMs, now)}</td>
                    <td className={`num ${classes.number} ${classes.spark}`}>
                      <span>
                        <Sparkline values={arrivals.map((point) => point.perSecond[signal])} slots={90} width={90} height={20} colour="var(--accent)" />
                        {formatSi(status.perSecond)} {ITEM_NAMES[signal].many}/s
                      </span>
                    </td>
                  </tr>
                  {rows.map((row) => (
                    <Source key={row.protocol} row={row} now={now} />
                  ))}
                  {rows.length === 0 && (
                    <tr>
                      <td colSpan={7} className={classes.none}>
                        No {ITEM_NAMES[signal].one} has arrived. <Link to="/">The home page</Link> shows how to send {signal}.
                      </td>
                    </tr>
                  )}
                </tbody>
              ))}
            </table>
          </div>
        )}
      </section>
      {data !== undefined && <RefusalsPanel rows={refusalRows(data)} now={now} />}
      {data !== undefined && (
        <div className={classes.lower}>
          <section className={`panel ${classes.sources}`} aria-label="Listeners">
            <PanelHead title="Ports that listen" />
            <table className={classes.table}>
              <tbody>
                {data.listeners.map((listener) => (
                  <tr key={listener.port}>
                    <td className={`mono ${classes.port}`}>{listener.port}</td>
                    <td>{listener.purpose}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
          <section className={`panel ${classes.sources}`} aria-label="Server">
            <PanelHead title="Server" />
            <table className={classes.table}>
              <tbody>
                <tr>
                  <td className="dimmed">Version</td>
                  <td className="mono">{data.version}</td>
                </tr>
                <tr>
                  <td className="dimmed">Started</td>
                  <td className="num">{formatDateTime(data.startedUnixMs)}</td>
                </tr>
                <tr>
                  <td className="dimmed">Up for</td>
                  <td className="num">{formatSeconds(Math.max(0, Math.floor((now - data.startedUnixMs) / 1000)))}</td>
                </tr>
              </tbody>
            </table>
          </section>
        </div>
      )}
    </div>
  );
}

const STATES = {
  arriving: { text: 'Arriving', Icon: IconCircleCheck },
  quiet: { text: 'Quiet', Icon: IconClockPause },
  never: { text: 'Nothing accepted', Icon: IconPointFilled },
} as const;

function Source({ row, now }: { row: SourceRow; now: number }) {
  const { text, Icon } = STATES[row.state];
  return (
    <tr>
      <td className={classes.source}>{protocolName(row.protocol)}</td>
      <td className={classes.stateCell}>
        <span className={classes.state} data-state={row.state}>
          <Icon size={16} stroke={1.7} aria-hidden /> <span>{text}</span>
        </span>
      </td>
      <td className={`num ${classes.number}`} title={formatCount(row.acceptedTotal)}>
        {formatSi(row.acceptedTotal)}
      </td>
      <td
        className={`num ${classes.number} ${classes.late}`}
        title={row.delayMs === undefined || row.delayMs === null ? undefined : `The last request was ${row.delayMs < 0 ? `${formatMillis(-row.delayMs)} ahead of` : `${formatMillis(row.delayMs)} behind`} this server’s clock`}
      >
        {(row.lateTotal ?? 0) === 0 ? <span className="dimmed">0</span> : formatSi(row.lateTotal ?? 0)}
      </td>
      <td className={`num ${classes.number}`} title={formatCount(row.refusedTotal)}>
        {row.refusedTotal === 0 ? (
          <span className="dimmed">0</span>
        ) : (
          <a href="#refused" className={classes.refused} title="Why">
            {formatSi(row.refusedTotal)}
            {row.refusedShare >= 0.001 && <span className="dimmed"> ({formatPercent(row.refusedShare)})</span>}
          </a>
        )}
      </td>
      <td className={`num ${classes.number}`} title={row.lastReceivedUnixMs === null ? undefined : formatDateTime(row.lastReceivedUnixMs, true)}>
        {row.lastReceivedUnixMs === null ? '–' : formatAgo(row.lastReceivedUnixMs, now)}
      </td>
      <td className={classes.spark} />
    </tr>
  );
}
