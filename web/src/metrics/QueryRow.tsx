import { ActionIcon, Menu, Tooltip } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { useQueryClient } from '@tanstack/react-query';
import { IconCopy, IconDotsVertical, IconForms, IconHistory, IconTrash } from '@tabler/icons-react';
import { lazy, Suspense, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import editorClasses from '../editor/QueryEditor.module.css';
import { failureOf } from '../editor/failureOf';
import { useAddToDashboard } from '../query/dashboard/useAddToDashboard';
import { useHistoryPanel } from '../query/history/useHistoryPanel';
import { PriceTag } from '../query/PriceTag';
import { QueryFailure } from '../query/QueryFailure';
import { RunButton } from '../query/RunButton';
import { useTimeRange } from '../time/TimeRangeProvider';
import classes from './Metrics.module.css';
import { GraphResult } from './result/GraphResult';
import { TableResult } from './result/TableResult';

const PromqlEditor = lazy(() => import('./query/PromqlEditor'));
const MetricsBuilder = lazy(() => import('./builder/MetricsBuilder'));

export type View = 'graph' | 'table';

interface Props {
  /** The row's name; null when it is the only one. */
  letter: string | null;
  /** What is typed. */
  draft: string;
  /** What was run: the address has it. */
  ran: string;
  view: View;
  leading: ReactNode;
  onDraft: (text: string) => void;
  onRun: () => void;
  onRunThis: (expression: string) => void;
  onView: (view: View) => void;
  onFocus: () => void;
  onDuplicate: (() => void) | null;
  onRemove: (() => void) | null;
}

/** One query: its editor, and its result below. */
export function QueryRow(props: Props) {
  const { letter, draft, ran, view } = props;
  const { startMs, endMs } = useTimeRange();
  const queryClient = useQueryClient();
  const [state, setState] = useState<{ running: boolean; error: Error | null }>({ running: false, error: null });
  const [isBuilding, setBuilding] = useLocalStorage({ key: 'triptych.builder.metrics', defaultValue: false, getInitialValueInEffect: false });
  const history = useHistoryPanel('metrics', draft, props.onRunThis);
  const toDashboard = useAddToDashboard({ signal: 'metrics', queries: [ran], type: view === 'table' ? 'table' : 'timeseries' });
  const failure = useMemo(() => failureOf(state.error, draft, ran), [state, draft, ran]);
  const stop = () => void queryClient.cancelQueries({ predicate: (query) => query.queryKey[0] === 'metrics' && query.queryKey[2] === ran });

  return (
    <section className={`panel ${classes.row}`} aria-label={letter === null ? 'Query' : `Query ${letter}`} onFocusCapture={props.onFocus}>
      <div className={classes.query}>
        {props.leading}
        {letter !== null && <span className={classes.letter}>{letter}</span>}
        <div className={classes.editor}>
          <Suspense fallback={<pre className={editorClasses.waiting}>{draft === '' ? ' ' : draft}</pre>}>
            <PromqlEditor
              value={draft}
              onChange={props.onDraft}
              onRun={props.onRun}
              failure={failure}
              range={{ startMs, endMs }}
              label={letter === null ? 'PromQL query' : `PromQL query ${letter}`}
              autoFocus={ran === ''}
            />
          </Suspense>
        </div>
        <Tooltip label={isBuilding ? 'Hide the builder' : 'Build the query without writing it'}>
          <ActionIcon size={34} variant="default" aria-pressed={isBuilding} aria-label="Query builder" onClick={() => setBuilding(!isBuilding)}>
            <IconForms size={18} stroke={1.6} />
          </ActionIcon>
        </Tooltip>
        <RunButton running={state.running && ran.trim() !== ''} onRun={props.onRun} onStop={stop} disabled={draft.trim() === ''} />
        <RowMenu {...props} showsHistory={history.isOpen} onHistory={history.toggle} />
      </div>
      <PriceTag language="promql" query={draft} startMs={startMs} endMs={endMs} isInstant={view === 'table'} />
      {history.panel}
      {toDashboard.form}
      {isBuilding && (
        <Suspense fallback={null}>
          <MetricsBuilder query={draft} startMs={startMs} endMs={endMs} onQuery={(text) => (text === '' ? props.onDraft('') : props.onRunThis(text))} />
        </Suspense>
      )}
      {state.error !== null && ran.trim() !== '' && (
        <div className={classes.failure}>
          <QueryFailure error={state.error} expression={ran} onRetry={props.onRun} />
        </div>
      )}
      {ran.trim() === '' ? null : view === 'graph' ? (
        <GraphResult expression={ran} onState={setState} onView={props.onView} actions={toDashboard.button} />
      ) : (
        <TableResult expression={ran} onState={setState} onView={props.onView} actions={toDashboard.button} />
      )}
    </section>
  );
}

function RowMenu({ onDuplicate, onRemove, showsHistory, onHistory }: Props & { showsHistory: boolean; onHistory: () => void }) {
  return (
    <Menu position="bottom-end" offset={4} transitionProps={{ duration: 0 }}>
      <Menu.Target>
        <ActionIcon size={34} aria-label="More: history, duplicate, remove">
          <IconDotsVertical size={18} stroke={1.6} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown miw={220}>
        <Menu.Item leftSection={<IconHistory size={16} stroke={1.6} />} onClick={onHistory}>
          {showsHistory ? 'Hide the queries run before' : 'Queries run before and saved ones'}
        </Menu.Item>
        <Menu.Item leftSection={<IconCopy size={16} stroke={1.6} />} disabled={onDuplicate === null} onClick={() => onDuplicate?.()}>
          Duplicate this query
        </Menu.Item>
        <Menu.Item leftSection={<IconTrash size={16} stroke={1.6} />} disabled={onRemove === null} onClick={() => onRemove?.()}>
          Remove this query
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
