import { IconCircleCheck, IconCircleX, IconPointFilled } from '@tabler/icons-react';
import { targetsStatus } from '../api/operations';
import type { ScrapeTarget, TailedFile } from '../api/operations';
import { CopyButton } from '../controls/CopyButton';
import { formatMillis } from '../format/duration';
import { formatBytes, formatCount } from '../format/number';
import { formatAgo, formatDateTime } from '../format/time';
import { useNow } from '../home/useNow';
import classes from './Operations.module.css';
import { AskedPanel, Meter, usePolled } from './parts';
import { labelText, targetRows } from './targetRows';

const POLL_MS = 5000;

const SCRAPE_EXAMPLE = `scrape_configs:
  - job_name: app
    static_configs:
      - targets: ["localhost:9100"]`;

const TAIL_EXAMPLE = `tail:
  - paths: ["/var/log/app/*.log"]`;

/** What this server collects by itself: targets and files. */
export default function TargetsPage() {
  const asked = usePolled(['targets'], targetsStatus, POLL_MS);
  const now = useNow(1000);
  const down = asked.data?.targets.filter(({ health }) => health === 'down').length ?? 0;

  return (
    <div className={classes.page} data-gutter>
      <AskedPanel
        title="Targets"
        asked={asked}
        aside={asked.data !== undefined && asked.data.targets.length > 0 && <span className="num">{down === 0 ? `${asked.data.targets.length}, none down` : `${down} of ${asked.data.targets.length} down`}</span>}
      >
        {({ targets }) =>
          targets.length === 0 ? (
            <Nothing text="Nothing is scraped yet. Name a target in the configuration, as in Prometheus’, and restart:" example={SCRAPE_EXAMPLE} />
          ) : (
            <div className={classes.scroll}>
              <table className={classes.table}>
                <thead>
                  <tr>
                    <th className={classes.brief}>State</th>
                    <th>Target</th>
                    <th className={`${classes.number} ${classes.middle}`}>Samples</th>
                    <th className={`${classes.number} ${classes.wide}`}>New series</th>
                    <th className={`${classes.number} ${classes.middle}`}>Took</th>
                    <th className={classes.number}>Last</th>
                    <th className={`${classes.number} ${classes.wide}`}>Every</th>
                  </tr>
                </thead>
                {targetRows(targets).map(({ job, rows }) => (
                  <tbody key={job}>
                    <tr className={classes.group}>
                      <th colSpan={7} scope="rowgroup">
                        {job}
                      </th>
                    </tr>
                    {rows.map((target) => (
                      <Target key={`${target.url} ${labelText(target.labels)}`} target={target} now={now} />
                    ))}
                  </tbody>
                ))}
              </table>
            </div>
          )
        }
      </AskedPanel>
      <AskedPanel title="Followed files" asked={asked} rows={2} aside={asked.data !== undefined && asked.data.files.length > 0 && <span className="num">{asked.data.files.length} of at most {formatCount(asked.data.maxFiles)}</span>}>
        {({ files, followsFiles }) =>
          files.length === 0 ? (
            <Nothing
              text={followsFiles ? 'No file matches the paths of the configuration’s tail section. They are looked for every second.' : 'No files are followed. Name some in the configuration and restart:'}
              example={followsFiles ? null : TAIL_EXAMPLE}
            />
          ) : (
            <div className={classes.scroll}>
              <table className={classes.table}>
                <thead>
                  <tr>
                    <th>File</th>
                    <th className={`${classes.number} ${classes.middle}`}>Position</th>
                    <th className={classes.number}>Not read</th>
                    <th className={classes.middle}>Read</th>
                    <th className={classes.number}>Last lines</th>
                  </tr>
                </thead>
                <tbody>
                  {[...files].sort((a, b) => b.sizeBytes - b.offsetBytes - (a.sizeBytes - a.offsetBytes) || a.path.localeCompare(b.path)).map((file) => (
                    <File key={file.path} file={file} now={now} />
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </AskedPanel>
    </div>
  );
}

const HEALTHS = {
  up: { text: 'Up', state: 'good', Icon: IconCircleCheck },
  down: { text: 'Down', state: 'bad', Icon: IconCircleX },
  unknown: { text: 'Not asked yet', state: 'none', Icon: IconPointFilled },
} as const;

function Target({ target, now }: { target: ScrapeTarget; now: number }) {
  const { text, state, Icon } = HEALTHS[target.health];
  const dropped = target.samplesScraped - target.samplesKept;
  return (
    <tr>
      <td className={classes.brief}>
        <span className={classes.state} data-state={state}>
          <Icon size={16} stroke={1.7} aria-hidden /> {text}
        </span>
      </td>
      <td className={`${classes.rest} ${classes.wraps}`}>
        <span className="mono">{target.url}</span>{' '}
        <span className={classes.labels} title={`Before relabelling: ${labelText(target.discoveredLabels)}`}>
          {Object.entries(target.labels)
            .filter(([name]) => name !== 'job')
            .map(([name, value]) => (
              <code key={name}>
                {name}={value}
              </code>
            ))}
        </span>
        {target.lastError !== '' && (
          <div className={classes.bad}>
            <small className={classes.bad}>{target.lastError}</small>
          </div>
        )}
      </td>
      <td className={`num ${classes.number} ${classes.middle}`} title={dropped > 0 ? `${formatCount(dropped)} of ${formatCount(target.samplesScraped)} were dropped` : undefined}>
        {target.lastScrapeUnixMs === null ? '–' : formatCount(target.samplesKept)}
      </td>
      <td className={`num ${classes.number} ${classes.wide}`}>{target.lastScrapeUnixMs === null ? '–' : formatCount(target.seriesAdded)}</td>
      <td className={`num ${classes.number} ${classes.middle}`} title={`May take ${formatMillis(target.timeoutMs)}`}>
        {target.lastScrapeUnixMs === null ? '–' : formatMillis(target.lastDurationMs)}
      </td>
      <td className={`num ${classes.number}`} title={target.lastScrapeUnixMs === null ? undefined : formatDateTime(target.lastScrapeUnixMs, true)}>
        {target.lastScrapeUnixMs === null ? '–' : formatAgo(target.lastScrapeUnixMs, now)}
      </td>
      <td className={`num ${classes.number} ${classes.wide}`}>{formatMillis(target.intervalMs)}</td>
    </tr>
  );
}

function File({ file, now }: { file: TailedFile; now: number }) {
  const left = Math.max(0, file.sizeBytes - file.offsetBytes);
  return (
    <tr>
      <td className={`mono ${classes.rest}`} title={file.path}>
        {file.path}
        {file.lostSinceUnixMs !== null && <span className="dimmed"> renamed or gone {formatAgo(file.lostSinceUnixMs, now)}</span>}
      </td>
      <td className={`num ${classes.number} ${classes.middle}`} title={`${formatCount(file.offsetBytes)} bytes`}>
        {formatBytes(file.offsetBytes)}
      </td>
      <td className={`num ${classes.number}`}>{left === 0 ? <span className="dimmed">0</span> : formatBytes(left)}</td>
      <td className={classes.middle}>
        <Meter used={file.offsetBytes} limit={file.sizeBytes} label={`Read of ${file.path}`} isProgress />
      </td>
      <td className={`num ${classes.number}`} title={file.lastReadUnixMs === null ? 'None since the start' : formatDateTime(file.lastReadUnixMs, true)}>
        {file.lastReadUnixMs === null ? '–' : formatAgo(file.lastReadUnixMs, now)}
      </td>
    </tr>
  );
}

function Nothing({ text, example }: { text: string; example: string | null }) {
  return (
    <div className={classes.none}>
      <p>{text}</p>
      {example !== null && (
        <>
          <pre>{example}</pre>
          <CopyButton text={example} label="Copy" what="the example" />
        </>
      )}
    </div>
  );
}
