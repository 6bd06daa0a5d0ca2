import { IconCircleCheck } from '@tabler/icons-react';
import { ITEM_NAMES, protocolName, SIGNAL_NAMES } from '../api/protocols';
import { PanelHead } from '../controls/PanelHead';
import { formatCount } from '../format/number';
import { formatAgo, formatDateTime } from '../format/time';
import classes from './Data.module.css';
import type { RefusalRow } from './refusals';

/** What was refused and why, with a sample of each kind. */
export function RefusalsPanel({ rows, now }: { rows: readonly RefusalRow[]; now: number }) {
  return (
    <section id="refused" className={`panel ${classes.sources}`} aria-label="Refused">
      <PanelHead title="Refused, and why">{rows.length > 0 && <span>with the newest sample of each</span>}</PanelHead>
      {rows.length === 0 ? (
        <p className={classes.good}>
          <IconCircleCheck size={16} stroke={1.7} aria-hidden /> Nothing was refused since the start.
        </p>
      ) : (
        <ul className={classes.refusals}>
          {rows.map((row) => (
            <li key={row.key}>
              <div>
                <b>{row.title}</b>
                <small title={row.reason}>
                  {SIGNAL_NAMES[row.signal]} by {protocolName(row.protocol)}
                </small>
              </div>
              <span className={`num ${classes.count}`}>
                {formatCount(row.count)} {row.count === 1 ? ITEM_NAMES[row.signal].one : ITEM_NAMES[row.signal].many}
              </span>
              <div className={classes.detail}>
                {row.sample === null ? <span className="dimmed">The sample is no longer kept.</span> : <code>{row.sample.detail}</code>}
                {row.advice !== null && <small>{row.advice}</small>}
              </div>
              <span className={`num ${classes.ago}`} title={row.sample === null ? undefined : formatDateTime(row.sample.atUnixMs, true)}>
                {row.sample === null ? '' : formatAgo(row.sample.atUnixMs, now)}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
