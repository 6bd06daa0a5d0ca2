import { IconMinus, IconPlus } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { messageOf } from '../../api/http';
import { Sparkline } from '../../charts/Sparkline';
import controls from '../../controls/Controls.module.css';
import { formatCount, formatPercent } from '../../format/number';
import { Elapsed } from '../../query/Elapsed';
import { canFilterByPattern } from '../query/logql';
import { LEVEL_COLOURS, LEVEL_NAMES } from '../view/levelColours';
import { fetchPatterns, patternStepSeconds } from './patternApi';
import classes from './PatternList.module.css';

const MOST_SHOWN = 200;

interface Props {
  /** The streams that are asked for; null when the query has none. */
  selector: string | null;
  startMs: number;
  endMs: number;
  tick: number;
  onFilter: (pattern: string, isWanted: boolean) => void;
}

/** What the lines of these streams have in common: each pattern with its number over time, and a click to see only such lines, or none. */
export function PatternList({ selector, startMs, endMs, tick, onFilter }: Props) {
  const stepSeconds = patternStepSeconds(endMs - startMs);
  const [search, setSearch] = useState('');
  const found = useQuery({
    queryKey: ['log-patterns', selector, startMs, endMs, stepSeconds, tick],
    enabled: selector !== null,
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: ({ signal }) => fetchPatterns(selector!, startMs, endMs, stepSeconds, signal),
  });
  if (selector === null) return <p className={classes.note}>Choose streams first: patterns are those of a selector such as {'{service_name="shop"}'}.</p>;
  if (found.isError)
    return (
      <p className={classes.note} role="alert">
        The patterns could not be loaded: {messageOf(found.error)}{' '}
        <button type="button" className={controls.copy} onClick={() => void found.refetch()}>
          Try again
        </button>
      </p>
    );
  if (found.data === undefined) return <p className={classes.note}><Elapsed /></p>;
  const { patterns, warnings } = found.data;
  if (patterns.length === 0) return <p className={classes.note}>No patterns in this range: they are learned from the lines as they come, and kept with them.</p>;
  const total = patterns.reduce((sum, { count }) => sum + count, 0);
  const wanted = search.trim().toLowerCase();
  const shown = patterns.filter(({ text }) => text.toLowerCase().includes(wanted));
  return (
    <div className={classes.patterns} data-stale={found.isFetching || undefined}>
      <div className={classes.head}>
        <input type="search" className={controls.input} value={search} placeholder="Find in patterns" aria-label="Find in patterns" onChange={(event) => setSearch(event.currentTarget.value)} />
        <span className="num dimmed">
          {formatCount(shown.length)} patterns of {formatCount(total)} lines in <code>{selector}</code>
          {warnings.length > 0 && ` · incomplete: ${warnings.join('; ')}`}
        </span>
      </div>
      <ul className={classes.list}>
        {shown.slice(0, MOST_SHOWN).map((pattern) => (
          <li key={`${pattern.level} ${pattern.text}`}>
            <i className={classes.level} style={{ background: LEVEL_COLOURS[pattern.level] }} title={LEVEL_NAMES[pattern.level]} />
            <span className={classes.spark}>
              <Sparkline values={pattern.counts} width={96} height={20} colour={LEVEL_COLOURS[pattern.level]} />
            </span>
            <span className={`num ${classes.count}`} title={`${formatPercent(pattern.count / total, 2)} of the lines`}>
              {formatCount(pattern.count)} <small>{formatPercent(pattern.count / total, 2)}</small>
            </span>
            <code className={classes.text}>
              {pattern.text.split('<_>').map((part, i) => (
                <span key={i}>
                  {i > 0 && <span className={classes.gap}>&lt;_&gt;</span>}
                  {part}
                </span>
              ))}
            </code>
            {canFilterByPattern(pattern.text) && (
              <>
                <button type="button" aria-label={`Only lines like ${pattern.text}`} title="Only lines like this" onClick={() => onFilter(pattern.text, true)}>
                  <IconPlus size={14} stroke={2} aria-hidden />
                </button>
                <button type="button" aria-label={`Without lines like ${pattern.text}`} title="Without lines like this" onClick={() => onFilter(pattern.text, false)}>
                  <IconMinus size={14} stroke={2} aria-hidden />
                </button>
              </>
            )}
          </li>
        ))}
        {shown.length > MOST_SHOWN && <li className={classes.note}>and {formatCount(shown.length - MOST_SHOWN)} rarer ones: type to find them</li>}
        {shown.length === 0 && <li className={classes.note}>No pattern holds “{search}”.</li>}
      </ul>
    </div>
  );
}
