import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { messageOf } from '../../api/http';
import { lokiLabelValues, lokiVolumes } from '../../api/loki';
import { formatBytes, formatCount } from '../../format/number';
import { selectorFor, selectorMatchers, withSelector } from '../query/logql';
import type { Matcher } from '../query/logql';
import { labelNames } from '../query/lokiApi';
import classes from '../view/Logs.module.css';

/** More values have no bytes beside them. */
const MOST_VOLUMES = 1000;

interface Props {
  query: string;
  startMs: number;
  endMs: number;
  onQuery: (query: string) => void;
  onRun: (query: string) => void;
}

/** Labels and their values to choose from; each choice rewrites the query's selector. Values shown occur beside the others chosen. */
export function LabelBrowser({ query, startMs, endMs, onQuery, onRun }: Props) {
  const matchers = selectorMatchers(query);
  const [chosen, setChosen] = useState<string | null>(null);
  const [filter, setFilter] = useState('');
  const names = useQuery({
    queryKey: ['log-labels', startMs, endMs],
    queryFn: ({ signal }) => labelNames(startMs, endMs, signal),
    staleTime: 30_000,
  });
  const label = chosen ?? matchers[0]?.label ?? names.data?.[0] ?? null;
  const others = label ? selectorFor(query, label) : null;
  const values = useQuery({
    queryKey: ['log-label-values', label, others, startMs, endMs],
    enabled: label !== null,
    queryFn: ({ signal }) => lokiLabelValues(label!, { startMs, endMs, query: others ?? undefined }, { signal }),
    staleTime: 30_000,
  });
  const [withBytes, setWithBytes] = useState(false);
  const volumes = useQuery({
    queryKey: ['log-volumes', label, others, startMs, endMs],
    enabled: withBytes && label !== null,
    queryFn: ({ signal }) => lokiVolumes(label!, others ?? `{${label}=~".+"}`, { startMs, endMs }, MOST_VOLUMES, { signal }),
    staleTime: 60_000,
    retry: false,
  });
  const bytes = useMemo(() => (withBytes && volumes.data ? new Map(volumes.data.map(({ value, sizeBytes }) => [value, sizeBytes])) : null), [withBytes, volumes.data]);
  const selected = label ? selectedValues(matchers, label) : new Set<string>();

  const toggle = (value: string) => {
    if (!label) return;
    const wanted = new Set(selected);
    if (!wanted.delete(value)) wanted.add(value);
    onQuery(withSelector(query, [...matchers.filter((m) => m.label !== label), ...matcherFor(label, [...wanted])]));
  };
  const found = (values.data ?? []).filter((value) => value.toLowerCase().includes(filter.toLowerCase()));
  const shown = bytes === null ? found : [...found].sort((a, b) => (bytes.get(b) ?? 0) - (bytes.get(a) ?? 0));

  return (
    <div className={classes.browser}>
      <div className={classes.browserNames} role="listbox" aria-label="Labels">
        {names.isError && <span className={classes.inlineError}>{names.error.message}</span>}
        {names.data?.length === 0 && (
          <span className={classes.dim}>No labels in this range. Send a line first, or take a longer range.</span>
        )}
        {names.data?.map((name) => (
          <button key={name} type="button" role="option" aria-selected={name === label} onClick={() => setChosen(name)}>
            {name}
            {selectedValues(matchers, name).size > 0 && <span className={classes.count}>{selectedValues(matchers, name).size}</span>}
          </button>
        ))}
      </div>
      <div className={classes.browserValues}>
        <input
          type="search"
          aria-label={label ? `Find a value of ${label}` : 'Choose a label'}
          placeholder={label ? `Find a value of ${label}` : 'Choose a label'}
          value={filter}
          onChange={(e) => setFilter(e.currentTarget.value)}
        />
        <div className={classes.browserFacts}>
          <span className="num">{values.data === undefined ? '\u00a0' : values.data.length === 1 ? '1 value' : `${formatCount(values.data.length)} values`}</span>
          <label title="Reads how much each value's lines are, and puts the most first">
            <input type="checkbox" checked={withBytes} onChange={(e) => setWithBytes(e.currentTarget.checked)} /> Bytes in this range
          </label>
          {withBytes && volumes.isFetching && <span>counting…</span>}
          {withBytes && volumes.isError && <span className={classes.inlineError}>{messageOf(volumes.error)}</span>}
        </div>
        <div className={classes.chips}>
          {values.isError && <span className={classes.inlineError}>{values.error.message}</span>}
          {shown.slice(0, 500).map((value) => (
            <button key={value} type="button" className={classes.chip} aria-pressed={selected.has(value)} onClick={() => toggle(value)}>
              {value}
              {bytes !== null && <small className={`num ${classes.dim}`}> {bytes.has(value) ? formatBytes(bytes.get(value)!) : ''}</small>}
            </button>
          ))}
          {shown.length > 500 && <span className={classes.dim}>and {formatCount(shown.length - 500)} more: type to narrow</span>}
          {values.data && shown.length === 0 && <span className={classes.dim}>no such value</span>}
        </div>
      </div>
      <Button disabled={matchers.length === 0} onClick={() => onRun(query)}>Show lines</Button>
    </div>
  );
}

/** Values that the query asks for by `=` or by a plain alternation. */
function selectedValues(matchers: readonly Matcher[], label: string): Set<string> {
  const values = matchers.filter((m) => m.label === label && (m.op === '=' || m.op === '=~') && m.value !== '' && m.value !== '.+');
  return new Set(values.flatMap((m) => (m.op === '=' ? [m.value] : m.value.split('|').map((part) => part.replace(/\\(.)/g, '$1')))));
}

function matcherFor(label: string, values: readonly string[]): Matcher[] {
  if (values.length === 0) return [];
  if (values.length === 1) return [{ label, op: '=', value: values[0]! }];
  return [{ label, op: '=~', value: values.map((v) => v.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|') }];
}
