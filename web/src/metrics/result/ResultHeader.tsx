import { SegmentedControl } from '@mantine/core';
import type { ReactNode } from 'react';
import { Elapsed } from '../../query/Elapsed';
import classes from './Result.module.css';

interface Props {
  view: 'graph' | 'table';
  onView: (view: 'graph' | 'table') => void;
  running: boolean;
  /** What the answer is: counts, time. */
  children: ReactNode;
  /** What stands at the right end. */
  actions?: ReactNode;
}

/** The line between a query and its result. */
export function ResultHeader({ view, onView, running, children, actions }: Props) {
  return (
    <div className={classes.header}>
      <SegmentedControl
        size="xs"
        value={view}
        onChange={(value) => onView(value === 'table' ? 'table' : 'graph')}
        data={[
          { value: 'graph', label: 'Graph' },
          { value: 'table', label: 'Table' },
        ]}
        aria-label="How the result is shown"
      />
      <div className={`${classes.facts} num`} aria-live="polite">
        {running ? <Elapsed /> : children}
      </div>
      {actions}
    </div>
  );
}
