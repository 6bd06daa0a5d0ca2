import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { SIGNAL_NAMES } from '../api/protocols';
import { deletions, storageStatus } from '../api/operations';
import type { Deletion, StorageStatus, StoredSignal } from '../api/operations';
import { SIGNALS } from '../api/triptych';
import { formatMillis } from '../format/duration';
import { formatBytes, formatCount, formatSi } from '../format/number';
import { formatAgo, formatDateTime } from '../format/time';
import { useNow } from '../home/useNow';
import classes from './Operations.module.css';
import { AskedPanel, Fact, Meter, usePolled } from './parts';
import { keptText, soonText, spanText } from './storageText';

const POLL_MS = 5000;

/** What is stored of each signal, what is not in blocks yet, what goes next. */
export default function StoragePage() {
  const asked = usePolled(['storage'], storageStatus, POLL_MS);
  const deleted = usePolled(['deletions'], deletions, POLL_MS);
  const now = useNow(1000);

  return (
    <div className={classes.page} data-gutter>
      <AskedPanel title="Disk" asked={asked} rows={2}>
        {(status) => <Disk status={status} />}
      </AskedPanel>
      <AskedPanel title="Stored" asked={asked}>
        {(status) => (
          <div className={classes.scroll}>
            <table className={classes.table}>
              <thead>
                <tr>
                  <th>Signal</th>
                  <th className={classes.number}>Bytes</th>
                  <th className={`${classes.number} ${classes.middle}`}>Blocks</th>
                  <th className={`${classes.number} ${classes.middle}`}>From</th>
                  <th className={`${classes.number} ${classes.wide}`}>Until</th>
                  <th>Kept</th>
                  <th className={classes.wide}>Goes next</th>
                </tr>
              </thead>
              <tbody>
                {SIGNALS.map((signal) => (
                  <Stored key={signal} name={SIGNAL_NAMES[signal]} stored={status.signals[signal]} soonMs={status.soonMs} now={now} />
                ))}
              </tbody>
            </table>
          </div>
        )}
      </AskedPanel>
      <AskedPanel title="Not in blocks yet" asked={asked}>
        {(status) => (
          <div className={classes.scroll}>
            <table className={classes.table}>
              <thead>
                <tr>
                  <th>Signal</th>
                  <th className={classes.number}>Memory</th>
                  <th className={classes.middle}>
                    <span className="visually-hidden">Of what makes a flush</span>
                  </th>
                  <th className={`${classes.number} ${classes.middle}`}>Write-ahead log</th>
                  <th className={`${classes.number} ${classes.middle}`}>Oldest record</th>
                  <th className={classes.wide}>Next flush</th>
                  <th className={classes.number}>Last flush</th>
                </tr>
              </thead>
              <tbody>
                {SIGNALS.map((signal) => (
                  <Head key={signal} name={SIGNAL_NAMES[signal]} stored={status.signals[signal]} now={now} />
                ))}
              </tbody>
            </table>
          </div>
        )}
      </AskedPanel>
      <div className={classes.columns}>
        <AskedPanel title="Blocks by level" asked={asked}>
          {(status) => <Levels status={status} />}
        </AskedPanel>
        <AskedPanel title="Merges" asked={asked} rows={2}>
          {(status) => <Merges status={status} />}
        </AskedPanel>
      </div>
      <AskedPanel title="Deletions" asked={deleted} rows={1}>
        {(found) => <Deletions found={found} now={now} />}
      </AskedPanel>
      {asked.data !== undefined && asked.data.quarantined.length > 0 && <SetAside status={asked.data} now={now} />}
    </div>
  );
}

function Disk({ status }: { status: StorageStatus }) {
  const used = status.blockBytes + status.otherBytes;
  return (
    <dl className={classes.facts}>
      <Fact name="Blocks" large>
        {formatBytes(status.blockBytes)}
      </Fact>
      <Fact name="Write-ahead logs, catalog" large>
        {formatBytes(status.otherBytes)}
      </Fact>
      <Fact name="Other files in the data directory" large>
        {formatBytes(status.foreignBytes)}
      </Fact>
      <Fact name="Free on the disk" large>
        {status.freeBytes === null ? 'not known' : formatBytes(status.freeBytes)}
      </Fact>
      <Fact name="Disk budget">
        {status.diskBudgetBytes === null ? (
          <>
            none <small>storage.disk_budget</small>
          </>
        ) : (
          <>
            {formatBytes(status.diskBudgetBytes)} <Meter used={used} limit={status.diskBudgetBytes} label="Disk budget" />
          </>
        )}
      </Fact>
    </dl>
  );
}

function Stored({ name, stored, soonMs, now }: { name: string; stored: StoredSignal; soonMs: number; now: number }) {
  const { retention } = stored;
  return (
    <>
      <tr>
        <th scope="row">{name}</th>
        <td className={`num ${classes.number}`}>{formatBytes(stored.bytes)}</td>
        <td className={`num ${classes.number} ${classes.middle}`}>{formatCount(stored.blocks)}</td>
        <td className={`num ${classes.number} ${classes.middle}`}>{stored.oldestUnixMs === null ? '–' : formatDateTime(stored.oldestUnixMs)}</td>
        <td className={`num ${classes.number} ${classes.wide}`}>{stored.newestUnixMs === null ? '–' : formatDateTime(stored.newestUnixMs)}</td>
        <td>{keptText(retention)}</td>
        <td className={`${classes.wide} ${classes.wraps}`} title={stored.nextExpiryUnixMs === null ? undefined : formatDateTime(stored.nextExpiryUnixMs)}>
          {stored.nextExpiryUnixMs === null ? <span className="dimmed">nothing by its age</span> : `the oldest block ${formatAgo(stored.nextExpiryUnixMs, now)}`}
          {stored.soon.length > 0 && <small>; within {spanText(soonMs)} {soonText(stored.soon)}</small>}
        </td>
      </tr>
      {retention.rules.map((rule, index) => (
        <tr key={index}>
          <th colSpan={2} scope="row" className="mono">
            {rule.selector}
          </th>
          <td className={classes.middle} />
          <td className={classes.middle} />
          <td className={classes.wide} />
          <td>{keptText(rule)}</td>
          <td className={classes.wide}>
            <span className="dimmed">rule {index + 1}, before what holds for the rest</span>
          </td>
        </tr>
      ))}
    </>
  );
}

function Head({ name, stored, now }: { name: string; stored: StoredSignal; now: number }) {
  const { unflushed: head, replay } = stored;
  const failed = head.lastFailure !== null && (head.lastFlush === null || head.lastFailure.atUnixMs > head.lastFlush.atUnixMs);
  return (
    <tr>
      <th scope="row">{name}</th>
      <td className={`num ${classes.number}`}>{formatBytes(head.memoryBytes)}</td>
      <td className={classes.middle}>
        <Meter used={head.memoryBytes} limit={head.flushAtBytes} label={`Memory of ${name} until a flush`} isProgress />
      </td>
      <td className={`num ${classes.number} ${classes.middle}`} title={`Segment ${head.walSegment}${head.walQueuedBytes > 0 ? `, ${formatBytes(head.walQueuedBytes)} are not durable yet` : ''}`}>
        {formatBytes(head.walBytes)}
      </td>
      <td className={`num ${classes.number} ${classes.middle}`} title={head.oldestUnixMs === null ? undefined : formatDateTime(head.oldestUnixMs, true)}>
        {head.oldestUnixMs === null ? '–' : formatAgo(head.oldestUnixMs, now)}
      </td>
      <td className={`${classes.wide} ${classes.wraps}`}>
        {!replay.done ? (
          `replaying the write-ahead log, ${formatBytes(replay.bytesDone)} of ${formatBytes(replay.bytesTotal)}`
        ) : head.whyRefusing !== null ? (
          <span className={`${classes.state} ${classes.bad}`} data-state="bad">
            <IconAlertTriangle size={16} stroke={1.6} aria-hidden /> takes nothing: {head.whyRefusing}
          </span>
        ) : head.isFlushing ? (
          'running'
        ) : head.flushDueUnixMs === null ? (
          <span className="dimmed">nothing to flush</span>
        ) : (
          `${formatAgo(head.flushDueUnixMs, now)} at the latest`
        )}
      </td>
      <td className={`num ${classes.number}`} title={head.lastFlush === null ? undefined : `${formatDateTime(head.lastFlush.atUnixMs)}: ${formatCount(head.lastFlush.rows)} rows, ${formatBytes(head.lastFlush.bytes)}, took ${formatMillis(head.lastFlush.durationMs)}`}>
        {failed ? (
          <span className={`${classes.state} ${classes.bad}`} data-state="bad" title={head.lastFailure!.reason}>
            <IconAlertTriangle size={16} stroke={1.6} aria-hidden /> failed {formatAgo(head.lastFailure!.atUnixMs, now)}
          </span>
        ) : head.lastFlush === null ? (
          <span className="dimmed">none since the start</span>
        ) : (
          formatAgo(head.lastFlush.atUnixMs, now)
        )}
      </td>
    </tr>
  );
}

function Levels({ status }: { status: StorageStatus }) {
  const levels = [...new Set(SIGNALS.flatMap((signal) => status.signals[signal].levels.map(({ level }) => level)))].sort((a, b) => a - b);
  if (levels.length === 0) return <p className={classes.none}>No block yet. What arrives becomes blocks by size or age; see “Next flush” above.</p>;
  return (
    <div className={classes.scroll} tabIndex={0} role="region" aria-label="Blocks of each signal by level">
      <table className={classes.table}>
        <thead>
          <tr>
            <th>Level</th>
            {SIGNALS.map((signal) => (
              <th key={signal} className={classes.number}>
                {SIGNAL_NAMES[signal]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {levels.map((level) => (
            <tr key={level}>
              <th scope="row">{level === 0 ? '0, as flushed' : level}</th>
              {SIGNALS.map((signal) => {
                const found = status.signals[signal].levels.find((one) => one.level === level);
                return (
                  <td key={signal} className={`num ${classes.number}`}>
                    {found === undefined ? <span className="dimmed">–</span> : `${formatCount(found.blocks)} · ${formatBytes(found.bytes)}`}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const MERGE_REASONS: Readonly<Record<string, string>> = {
  flushed: 'for many were flushed',
  manyparts: 'for its time lies in many',
  closedwindow: 'for its time is over',
  retention: 'for what a rule lets go of',
  deletion: 'for a deletion',
  sampling: 'for sampling',
};

function Merges({ status }: { status: StorageStatus }) {
  const running = SIGNALS.flatMap((signal) => status.signals[signal].runningMerges.map((merge) => ({ signal, ...merge })));
  const pending = SIGNALS.reduce((sum, signal) => sum + status.signals[signal].pendingMerges, 0);
  const pendingBytes = SIGNALS.reduce((sum, signal) => sum + status.signals[signal].pendingMergeBytes, 0);
  return (
    <>
      {running.length > 0 && (
        <table className={classes.table}>
          <tbody>
            {running.map((merge, index) => (
              <tr key={index}>
                <th scope="row">{SIGNAL_NAMES[merge.signal]}</th>
                <td className={classes.rest}>
                  into level {merge.level} <span className="dimmed">{MERGE_REASONS[merge.reason] ?? merge.reason}, tenant {merge.tenant}</span>
                </td>
                <td className={`num ${classes.number}`}>
                  {formatCount(merge.blocks)} · {formatBytes(merge.bytes)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p className={classes.note}>
        {running.length === 0 && 'None is running. '}
        {pending === 0 ? 'None is due.' : `${formatCount(pending)} are due, ${formatBytes(pendingBytes)}.`}
        {status.waitingAfterFailure > 0 && ` ${formatCount(status.waitingAfterFailure)} blocks wait after a merge that failed; the server’s diagnostics say why.`}
      </p>
    </>
  );
}

function Deletions({ found, now }: { found: readonly Deletion[]; now: number }) {
  if (found.length === 0) return <p className={classes.none}>No deletion was asked for. Data is deleted by selector through the API, see docs/deletion.md.</p>;
  return (
    <div className={classes.scroll}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th>State</th>
            <th className={classes.middle}>Signal</th>
            <th>Selectors</th>
            <th className={classes.wide}>Range</th>
            <th className={classes.number}>Blocks done</th>
            <th className={`${classes.number} ${classes.middle}`}>Rows</th>
            <th className={`${classes.number} ${classes.wide}`}>Asked for</th>
          </tr>
        </thead>
        <tbody>
          {found.map((one) => (
            <tr key={one.id}>
              <td>
                <span className={classes.state} data-state={one.state === 'done' ? 'good' : 'warn'}>
                  {one.state === 'done' ? <IconCircleCheck size={16} stroke={1.7} aria-hidden /> : null} {one.state}
                </span>
              </td>
              <td className={classes.middle}>{SIGNAL_NAMES[one.signal]}</td>
              <td className={`mono ${classes.rest}`} title={one.queries.join('\n')}>
                {one.queries.join(', ')}
              </td>
              <td className={`num ${classes.wide}`}>
                {formatDateTime(one.startUnixMs)} to {formatDateTime(one.endUnixMs)}
              </td>
              <td className={`num ${classes.number}`}>
                {formatCount(one.blocksDone)} of {formatCount(one.blocksTotal)}
              </td>
              <td className={`num ${classes.number} ${classes.middle}`}>{formatSi(one.rowsDeleted)}</td>
              <td className={`num ${classes.number} ${classes.wide}`}>{formatAgo(one.createdUnixMs, now)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function SetAside({ status, now }: { status: StorageStatus; now: number }) {
  return (
    <AskedPanel title="Damaged blocks" asked={{ data: status.quarantined, error: null }} aside={<span>set aside; what they hold is missing from answers</span>}>
      {(blocks) => (
        <div className={classes.scroll}>
          <table className={classes.table}>
            <tbody>
              {blocks.map((one) => (
                <tr key={one.block}>
                  <td className={`mono ${classes.wraps}`}>{one.objectKey}</td>
                  <td className={classes.wraps}>
                    {one.reason} <span className="dimmed num">at byte {formatCount(one.offset)}</span>
                  </td>
                  <td className={`num ${classes.number}`}>{formatAgo(one.foundUnixMs, now)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </AskedPanel>
  );
}
