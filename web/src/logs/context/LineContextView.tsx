import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { messageOf } from '../../api/http';
import controls from '../../controls/Controls.module.css';
import { formatClock } from '../../format/time';
import { Elapsed } from '../../query/Elapsed';
import type { LogRow } from '../query/lokiAnswer';
import { LEVEL_COLOURS } from '../view/levelColours';
import { fetchContext } from './contextApi';
import classes from './LineContext.module.css';

const FIRST = 10;
const MORE = 30;
/** More than this is read in a list of its own. */
const MOST = 500;

interface Props {
  row: LogRow;
  /** Told when the view has another height. */
  onGrow: () => void;
  /** Leaves the query for all lines of the stream around this one. */
  onOpen: () => void;
}

/** The lines of the same stream before and after one, whatever the query filters. */
export function LineContextView({ row, onGrow, onOpen }: Props) {
  const [counts, setCounts] = useState({ before: FIRST, after: FIRST });
  const { data, error, isFetching } = useQuery({
    queryKey: ['log-context', row.unixNanos, row.line, row.stream, counts],
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    retry: false,
    queryFn: ({ signal }) => fetchContext(row, counts.before, counts.after, signal),
  });
  useLayoutEffect(onGrow, [data, error, onGrow]);
  const section = useRef<HTMLElement>(null);
  const isLoaded = data !== undefined || error !== null;
  // Of the lowest row it opens below the list's edge, and once more as the lines come. More lines asked for later move nothing.
  useEffect(() => {
    // Newer browsers answer with a promise, which is no clean-up.
    section.current?.scrollIntoView({ block: 'nearest' });
  }, [isLoaded]);
  const more = (side: 'before' | 'after') => setCounts((now) => ({ ...now, [side]: Math.min(MOST, now[side] + MORE) }));
  const lines = (rows: readonly LogRow[]) =>
    rows.map((one, i) => (
      <li key={i}>
        <i style={{ background: LEVEL_COLOURS[one.level] }} aria-hidden />
        <time dateTime={new Date(one.timestampMs).toISOString()}>{formatClock(one.timestampMs, true)}</time>
        <span>{one.line}</span>
      </li>
    ));
  return (
    <section ref={section} className={classes.context} aria-label="Lines around this one" aria-busy={isFetching}>
      <div className={classes.head}>
        <h4>Lines around this one, of the same stream</h4>
        {isFetching && <Elapsed />}
        <button type="button" className={controls.copy} onClick={onOpen}>
          Open as a query
        </button>
      </div>
      {error !== null && <p role="alert">They could not be loaded: {messageOf(error)}</p>}
      {data && (
        <>
          {data.note !== null && <p className={classes.edge}>{data.note}</p>}
          <Edge has={data.hasMoreBefore} count={counts.before} word="older" onMore={() => more('before')} />
          <ol className={classes.lines}>
            {lines(data.before)}
            <li aria-current="true" className={classes.own}>
              <i style={{ background: LEVEL_COLOURS[row.level] }} aria-hidden />
              <time dateTime={new Date(row.timestampMs).toISOString()}>{formatClock(row.timestampMs, true)}</time>
              <span>{row.line}</span>
            </li>
            {lines(data.after)}
          </ol>
          <Edge has={data.hasMoreAfter} count={counts.after} word="newer" onMore={() => more('after')} />
        </>
      )}
    </section>
  );
}

function Edge({ has, count, word, onMore }: { has: boolean; count: number; word: string; onMore: () => void }) {
  if (!has) return <p className={classes.edge}>No {word} lines within a day.</p>;
  if (count >= MOST) return <p className={classes.edge}>Open it as a query to read on.</p>;
  return (
    <button type="button" className={`${controls.copy} ${classes.edge}`} onClick={onMore}>
      {MORE} {word} lines
    </button>
  );
}
