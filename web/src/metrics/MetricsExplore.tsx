import { ActionIcon, Button, Tooltip } from '@mantine/core';
import { useLocalStorage, useMediaQuery } from '@mantine/hooks';
import { IconLayoutSidebarLeftCollapse, IconLayoutSidebarLeftExpand, IconPlus } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { many, one, useUrlSearch } from '../app/search';
import { useIsSplit } from '../app/split/useSplit';
import { rememberQuery } from '../query/history/queryStore';
import { useTimeRange } from '../time/TimeRangeProvider';
import { MetricBrowser } from './browser/MetricBrowser';
import classes from './Metrics.module.css';
import { MetricsStart } from './MetricsStart';
import { QueryRow } from './QueryRow';

/** Rows are named A, B, C, … */
const MOST_ROWS = 8;

/** Explore metrics: query rows, each over its result, and the metrics there are at the left. */
export default function MetricsExplore() {
  const [search, patch] = useUrlSearch();
  const { refreshNow } = useTimeRange();
  const ran = many(search.q);
  const ranKey = JSON.stringify(ran);
  const [drafts, setDrafts] = useState<string[]>(ran.length > 0 ? ran : ['']);
  const [focused, setFocused] = useState(0);
  const isSplit = useIsSplit();
  const narrow = useMediaQuery('(max-width: 1000px)', false, { getInitialValueInEffect: false }) || isSplit;
  const [browserOpen, setBrowserOpen] = useLocalStorage({ key: 'triptych.metrics.browser', defaultValue: true, getInitialValueInEffect: false });
  const [browserOverlay, setBrowserOverlay] = useState(false);
  const showBrowser = narrow ? browserOverlay : browserOpen;
  const view = one(search.view) === 'table' ? 'table' : 'graph';

  // Back, forward and links change the address: what is typed follows, unless it is what was just run.
  const written = useRef(ranKey);
  useEffect(() => {
    if (ranKey === written.current) return;
    written.current = ranKey;
    const next = JSON.parse(ranKey) as string[];
    setDrafts(next.length > 0 ? next : ['']);
  }, [ranKey]);

  const run = (next: string[]) => {
    for (const query of next) rememberQuery('metrics', query);
    const key = JSON.stringify(next);
    setDrafts(next);
    if (key !== ranKey) {
      written.current = key;
      patch({ q: next });
    }

    // Asked again is asked of what is there now.
    refreshNow();
  };

  const setDraft = (index: number, text: string) => setDrafts((before) => before.map((one, i) => (i === index ? text : one)));
  const useExpression = (expression: string) => {
    const target = drafts[focused] === undefined ? drafts.length - 1 : focused;
    run(drafts.map((one, i) => (i === target ? expression : one)));
    setBrowserOverlay(false);
  };
  const remove = (index: number) => {
    const rest = drafts.filter((_, i) => i !== index);
    run(rest.length === 0 ? [''] : rest);
  };

  return (
    <div className={classes.page} data-narrow={narrow} data-gutter>
      {showBrowser && (
        <aside className={classes.browser} aria-label="Metrics">
          <MetricBrowser onPick={useExpression} />
        </aside>
      )}
      <div className={classes.rows}>
        {drafts.map((draft, index) => (
          <QueryRow
            key={index}
            letter={drafts.length > 1 ? String.fromCharCode(65 + index) : null}
            draft={draft}
            ran={ran[index] ?? ''}
            view={view}
            leading={
              index === 0 ? (
                <Tooltip label={showBrowser ? 'Hide the list of metrics' : 'Show the list of metrics'}>
                  <ActionIcon
                    size={34}
                    variant="default"
                    aria-pressed={showBrowser}
                    aria-label="List of metrics"
                    onClick={() => (narrow ? setBrowserOverlay((open) => !open) : setBrowserOpen((open) => !open))}
                  >
                    {showBrowser ? <IconLayoutSidebarLeftCollapse size={18} stroke={1.6} /> : <IconLayoutSidebarLeftExpand size={18} stroke={1.6} />}
                  </ActionIcon>
                </Tooltip>
              ) : null
            }
            onDraft={(text) => setDraft(index, text)}
            onRun={() => run(drafts)}
            onRunThis={(expression) => run(drafts.map((one, i) => (i === index ? expression : one)))}
            onView={(next) => patch({ view: next === 'table' ? 'table' : undefined }, { replace: true })}
            onFocus={() => setFocused(index)}
            onDuplicate={drafts.length < MOST_ROWS ? () => run([...drafts.slice(0, index + 1), draft, ...drafts.slice(index + 1)]) : null}
            onRemove={drafts.length > 1 ? () => remove(index) : null}
          />
        ))}
        {ran.every((one) => one.trim() === '') ? (
          <MetricsStart onPick={useExpression} />
        ) : (
          <Button
            variant="subtle"
            color="gray"
            className={classes.add}
            leftSection={<IconPlus size={16} stroke={1.6} />}
            disabled={drafts.length >= MOST_ROWS}
            onClick={() => {
              setFocused(drafts.length);
              setDrafts([...drafts, '']);
            }}
          >
            Add a query
          </Button>
        )}
      </div>
    </div>
  );
}
