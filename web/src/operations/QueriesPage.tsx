import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconHourglass, IconPlayerPlay, IconPlayerStop } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { messageOf } from '../api/http';
import { runningQueries, stopQuery } from '../api/operations';
import type { RunningQuery } from '../api/operations';
import { formatMillis } from '../format/duration';
import { formatBytes, formatCount, formatSi } from '../format/number';
import { formatDateTime } from '../format/time';
import classes from './Operations.module.css';
import { AskedPanel, Meter, usePolled } from './parts';
import { clientOf, LANGUAGE_NAMES, rangeOf, rangeTitle, STATE_TEXTS, textOf } from './queryRows';

const POLL_MS = 1000;

/** The queries that wait and run, with a button that stops one. */
export default function QueriesPage() {
  const asked = usePolled(['queries'], runningQueries, POLL_MS);
  const client = useQueryClient();
  const [stopping, setStopping] = useState<ReadonlySet<string>>(new Set());

  const stop = async (query: RunningQuery) => {
    setStopping((before) => new Set(before).add(query.id));
    try {
      const wasThere = await stopQuery(query.id);
      notifications.show({ message: wasThere ? 'Stopped. Its client is told that an operator did it.' : 'It was over already.' });
    } catch (error) {
      notifications.show({ color: 'red', title: 'The query goes on', message: messageOf(error) });
    }
    await client.invalidateQueries({ queryKey: ['operations', 'queries'] });
    setStopping((before) => new Set([...before].filter((id) => id !== query.id)));
  };

  return (
    <div className={classes.page} data-gutter>
      <AskedPanel
        title="Queries"
        asked={asked}
        rows={3}
        aside={
          asked.data !== undefined && (
            <span className="num">
              {asked.data.running} of {asked.data.slots} slots · {formatBytes(asked.data.memoryBytes)} held{' '}
              <Meter used={asked.data.memoryBytes} limit={asked.data.memoryLimitBytes} label="Memory of all queries" />
            </span>
          )
        }
      >
        {({ queries, total }) =>
          queries.length === 0 ? (
            <div className={classes.none}>
              <p>No query is running. Those of dashboards, of Explore and of every other client stand here while they run; the list is renewed every second.</p>
            </div>
          ) : (
            <>
              <div className={classes.scroll}>
                <table className={classes.table}>
                  <thead>
                    <tr>
                      <th className={classes.brief}>State</th>
                      <th className={classes.number}>For</th>
                      <th>Query</th>
                      <th className={`${classes.number} ${classes.middle}`}>Read</th>
                      <th className={`${classes.number} ${classes.wide}`}>Looked at</th>
                      <th className={`${classes.number} ${classes.middle}`}>Memory</th>
                      <th>
                        <span className="visually-hidden">Stop</span>
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {queries.map((query) => (
                      <Row key={query.id} query={query} isStopping={query.state === 'stopping' || stopping.has(query.id)} onStop={() => void stop(query)} />
                    ))}
                  </tbody>
                </table>
              </div>
              {total > queries.length && <p className={classes.note}>{formatCount(total - queries.length)} more are not shown: these have run longest.</p>}
            </>
          )
        }
      </AskedPanel>
    </div>
  );
}

function Row({ query, isStopping, onStop }: { query: RunningQuery; isStopping: boolean; onStop: () => void }) {
  const text = textOf(query);
  const state = isStopping ? 'stopping' : query.state;
  const Icon = state === 'running' ? IconPlayerPlay : state === 'waiting' ? IconHourglass : IconPlayerStop;
  return (
    <tr>
      <td className={classes.brief}>
        <span className={classes.state} data-state={state === 'running' ? 'good' : 'warn'} title={query.waitedMs > 0 ? `Waited ${formatMillis(query.waitedMs)} for its turn` : undefined}>
          <Icon size={16} stroke={1.7} aria-hidden /> {STATE_TEXTS[state]}
        </span>
      </td>
      <td className={`num ${classes.number}`} title={`Since ${formatDateTime(query.startedUnixMs, true)}; ends after ${formatMillis(query.timeoutMs)} at the latest`}>
        {formatMillis(Math.round(query.elapsedMs / 100) * 100)}
      </td>
      <td className={`${classes.rest} ${classes.query}`}>
        <code title={`${query.api}\n${text}`}>{text}</code>
        <small className="num">
          {LANGUAGE_NAMES[query.language] ?? query.language} · <span title={rangeTitle(query)}>{rangeOf(query)}</span> · <span title={query.userAgent}>{clientOf(query.userAgent)}</span> at {query.remoteAddress} ·
          tenant {query.tenant}
        </small>
      </td>
      <td className={`num ${classes.number} ${classes.middle}`}>{formatBytes(query.bytesRead)}</td>
      <td className={`num ${classes.number} ${classes.wide}`} title={`${formatCount(query.rowsRead)} rows or samples`}>
        {formatSi(query.rowsRead)}
      </td>
      <td className={`num ${classes.number} ${classes.middle}`} title={`${formatBytes(query.peakMemoryBytes)} at most so far`}>
        {formatBytes(query.memoryBytes)}
      </td>
      <td>
        <Button size="compact-xs" variant="default" leftSection={<IconPlayerStop size={14} stroke={1.7} aria-hidden />} disabled={isStopping} onClick={onStop} aria-label={`Stop ${text}`}>
          Stop
        </Button>
      </td>
    </tr>
  );
}
