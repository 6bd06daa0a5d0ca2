import { IconBulb } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { SIGNAL_NAMES } from '../api/protocols';
import { seriesStatus, spansByService, storageStatus, storedSamples, streamsStatus } from '../api/operations';
import type { NamedCount, StorageStatus } from '../api/operations';
import { useSources } from '../app/useSources';
import { OverLimitNote } from '../data/OverLimitNote';
import { formatBytes, formatCount, formatPercent, significant } from '../format/number';
import { formatDateTime } from '../format/time';
import { useTimeRange } from '../time/TimeRangeProvider';
import { ideas } from './ideas';
import classes from './Operations.module.css';
import { AskedPanel, Fact, usePolled } from './parts';

const POLL_MS = 60_000;
const TOP = 15;

/** Whose data requests without a tenant are about. */
const OWN_TENANT = 'default';

/** What makes the number of series and streams, and what is stored costs. */
export default function CostPage() {
  const { startMs, endMs } = useTimeRange();
  const series = usePolled(['series'], (options) => seriesStatus(TOP, options), POLL_MS);
  const storage = usePolled(['storage'], storageStatus, POLL_MS);
  const samples = usePolled(['samples'], storedSamples, POLL_MS);
  const streams = usePolled(['streams', startMs, endMs], (options) => streamsStatus(startMs, endMs, TOP, options), POLL_MS);
  const services = usePolled(['services', startMs, endMs], (options) => spansByService(startMs, endMs, options), POLL_MS);
  const sources = useSources();
  const found = series.data === undefined ? [] : ideas(series.data, streams.data);
  const inRange = <span>in the range of the page</span>;

  return (
    <div className={classes.page} data-gutter>
      <OverLimitNote tenants={sources.data?.seriesOverLimit ?? []} />
      <AskedPanel title="Series" asked={series} rows={1}>
        {({ headStats }) => (
          <dl className={classes.facts}>
            <Fact name="Series stored" large>
              {formatCount(headStats.numSeries)}
            </Fact>
            <Fact name="Pairs of label and value" large>
              {formatCount(headStats.numLabelPairs)}
            </Fact>
            <Fact name="Streams of logs" large>
              {streams.data === undefined ? '–' : formatCount(streams.data.streams)}
            </Fact>
            <Fact name="Series over the limit">{overLimit(sources.data?.seriesOverLimit?.[0])}</Fact>
          </dl>
        )}
      </AskedPanel>
      {found.length > 0 && (
        <AskedPanel title="What could be dropped" asked={{ data: found, error: null }}>
          {(all) => (
            <table className={classes.table}>
              <tbody>
                {all.map(({ key, text, why }) => (
                  <tr key={key}>
                    <td className={classes.wraps}>
                      <span className={classes.state} data-state="warn">
                        <IconBulb size={16} stroke={1.6} aria-hidden /> <b>{text}</b>
                      </span>{' '}
                      <small>{why}</small>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </AskedPanel>
      )}
      <div className={classes.columns}>
        <AskedPanel title="Metrics with the most series" asked={series}>
          {(status) => (
            <Top
              rows={status.seriesCountByMetricName}
              of={status.headStats.numSeries}
              unit="series"
              none="No series is stored yet."
              linkOf={(name) => (
                <Link to="/explore/metrics" search={{ q: `count(${metricSelector(name)})` }}>
                  <span className="mono">{name}</span>
                </Link>
              )}
            />
          )}
        </AskedPanel>
        <AskedPanel title="Labels with the most values" asked={series}>
          {(status) => <Top rows={status.labelValueCountByLabelName} unit="values" none="No series is stored yet." />}
        </AskedPanel>
        <AskedPanel title="Pairs on the most series" asked={series}>
          {(status) => <Top rows={status.seriesCountByLabelValuePair} of={status.headStats.numSeries} unit="series" none="No series is stored yet." />}
        </AskedPanel>
        <AskedPanel title="Labels of logs by values" asked={streams} aside={inRange}>
          {({ labels }) => <Top rows={labels.map(({ name, values }) => ({ name, value: values }))} unit="values" none="No stream has a line in this range." />}
        </AskedPanel>
        <AskedPanel title="Pairs on the most streams" asked={streams} aside={inRange}>
          {(status) => <Top rows={status.pairs.map(({ name, value, streams: count }) => ({ name: `${name}=${value}`, value: count }))} of={status.streams} unit="streams" none="No stream has a line in this range." />}
        </AskedPanel>
        <AskedPanel title="Services with the most spans" asked={services} aside={inRange}>
          {(rows) => (
            <Top
              rows={rows.slice(0, TOP)}
              of={rows.reduce((sum, { value }) => sum + value, 0)}
              unit="spans"
              none="No span began in this range."
              linkOf={(name) => (
                <Link to="/service/$service" params={{ service: name }}>
                  {name}
                </Link>
              )}
            />
          )}
        </AskedPanel>
      </div>
      <AskedPanel title="Bytes stored" asked={storage} aside={<span>in blocks, the largest first</span>}>
        {(status) => <Tenants status={status} samples={samples.data} />}
      </AskedPanel>
    </div>
  );
}

function overLimit(over: { limit: number; overflowSeries: number } | undefined): ReactNode {
  return over === undefined ? 'none' : `${formatCount(over.overflowSeries)} beyond ${formatCount(over.limit)}`;
}

/** A selector of a metric, whatever its name is made of. */
function metricSelector(name: string): string {
  return /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name) ? name : `{__name__=${JSON.stringify(name)}}`;
}

interface TopProps {
  rows: readonly NamedCount[];
  /** What all rows together could have; with it each row says its share. */
  of?: number;
  unit: string;
  none: string;
  linkOf?: (name: string) => ReactNode;
}

function Top({ rows, of, unit, none, linkOf }: TopProps) {
  if (rows.length === 0) return <p className={classes.none}>{none}</p>;
  const most = Math.max(1, ...rows.map(({ value }) => value));
  return (
    <table className={classes.table}>
      <tbody>
        {rows.map(({ name, value }) => (
          <tr key={name}>
            <td className={classes.rest} title={name}>
              {linkOf === undefined ? <span className="mono">{name}</span> : linkOf(name)}
            </td>
            <td aria-hidden className={classes.middle}>
              <span className={classes.meter}>
                <i style={{ width: `${(value / most) * 100}%` }} />
              </span>
            </td>
            <td className={`num ${classes.number}`}>
              {formatCount(value)} <span className="dimmed">{of !== undefined && of > 0 ? formatPercent(value / of, 2) : unit}</span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const ROW_NAMES = { metrics: 'sample', logs: 'line', traces: 'span' } as const;

function Tenants({ status, samples }: { status: StorageStatus; samples: number | undefined }) {
  if (status.tenants.length === 0) return <p className={classes.none}>No block yet: what arrived is in memory and in the write-ahead log. The Storage page shows how much.</p>;
  return (
    <div className={classes.scroll}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th>Tenant</th>
            <th>Signal</th>
            <th className={classes.number}>Bytes</th>
            <th className={`${classes.number} ${classes.middle}`}>Share</th>
            <th className={`${classes.number} ${classes.wide}`}>Blocks</th>
            <th className={classes.number}>Each costs</th>
            <th className={`${classes.number} ${classes.wide}`}>From</th>
            <th className={`${classes.number} ${classes.wide}`}>Until</th>
          </tr>
        </thead>
        <tbody>
          {status.tenants.map((use) => {
            // A row of a block of metrics is a series; samples are known of the tenant that this page asks as.
            const count = use.signal !== 'metrics' ? use.rows : use.tenant === OWN_TENANT ? samples : undefined;
            return (
              <tr key={`${use.tenant} ${use.signal}`}>
                <th scope="row">{use.tenant}</th>
                <td>{SIGNAL_NAMES[use.signal]}</td>
                <td className={`num ${classes.number}`}>{formatBytes(use.bytes)}</td>
                <td className={`num ${classes.number} ${classes.middle}`}>{status.blockBytes > 0 ? formatPercent(use.bytes / status.blockBytes, 2) : '–'}</td>
                <td className={`num ${classes.number} ${classes.wide}`}>{formatCount(use.blocks)}</td>
                <td className={`num ${classes.number}`} title={count === undefined ? undefined : `${formatCount(count)} ${ROW_NAMES[use.signal]}s`}>
                  {count === undefined || count === 0 ? <span className="dimmed">–</span> : `${significant(use.bytes / count)} B/${ROW_NAMES[use.signal]}`}
                </td>
                <td className={`num ${classes.number} ${classes.wide}`}>{formatDateTime(use.oldestUnixMs)}</td>
                <td className={`num ${classes.number} ${classes.wide}`}>{formatDateTime(use.newestUnixMs)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
