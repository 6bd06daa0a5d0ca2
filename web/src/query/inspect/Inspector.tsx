import { useMemo } from 'react';
import type { ReactNode } from 'react';
import type { Exchange } from '../../api/http';
import { CopyButton } from '../../controls/CopyButton';
import { formatMillis } from '../../format/duration';
import { formatBytes, formatCount } from '../../format/number';
import { curlOf } from './curl';
import classes from './Inspector.module.css';
import type { Statistic } from './statistics';

interface Props {
  /** The last request; null before the first one. */
  exchange: Exchange | null;
  /** What the server counted. */
  statistics: readonly Statistic[];
  /** What came back, in numbers: series, lines, traces. */
  found: readonly Statistic[];
  /** What the query would cost, said before it runs. */
  price?: ReactNode;
}

/** What a query did: its times, what the server read for it, the request as a command, and the answer. */
export function Inspector({ exchange, statistics, found, price }: Props) {
  if (exchange === null) return <div className={classes.inspector}>{price ?? <p className={classes.none}>Run the query to see what it does.</p>}</div>;
  const { waitedMs, readMs, sizeBytes, status } = exchange;
  const curl = curlOf(exchange, window.location.origin);
  return (
    <section className={classes.inspector} aria-label="Query inspector">
      <div className={classes.facts}>
        <Facts
          title="On the way"
          rows={[
            { key: 'status', name: 'Status', value: String(status) },
            { key: 'waited', name: 'Until the answer began', value: formatMillis(waitedMs) },
            { key: 'read', name: 'Until it was read', value: formatMillis(readMs) },
            { key: 'bytes', name: 'Answer, unpacked', value: formatBytes(sizeBytes) },
            ...found,
          ]}
        />
        <Facts title="On the server" rows={statistics} />
        {price !== undefined && <div>{price}</div>}
      </div>
      <div className={classes.part}>
        <div className={classes.head}>
          <h3>Request</h3>
          <CopyButton text={curl} label="Copy as curl" />
          {exchange.method === 'GET' && (
            <a href={exchange.address} target="_blank" rel="noreferrer">
              Open the answer
            </a>
          )}
        </div>
        <pre tabIndex={0} aria-label="The request as a command">
          {curl}
        </pre>
      </div>
      <Answer exchange={exchange} />
    </section>
  );
}

function Facts({ title, rows }: { title: string; rows: readonly Statistic[] }) {
  return (
    <div className={classes.part}>
      <h3>{title}</h3>
      {rows.length === 0 ? (
        <p className={classes.none}>The server told nothing.</p>
      ) : (
        <dl className="num">
          {rows.map(({ key, name, value }) => (
            <div key={key} title={key}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}

function Answer({ exchange }: { exchange: Exchange }) {
  const { answer, isCut } = exchange;
  const text = useMemo(() => (isCut ? answer : indented(answer)), [answer, isCut]);
  return (
    <div className={classes.part}>
      <div className={classes.head}>
        <h3>Answer</h3>
        <CopyButton text={text} label="Copy" what="the answer" />
        {isCut && <span className="dimmed">its first {formatCount(answer.length)} characters</span>}
      </div>
      <pre tabIndex={0} className={classes.answer} aria-label="The answer">
        {text}
      </pre>
    </div>
  );
}

function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    // An error's plain text.
    return text;
  }
}
