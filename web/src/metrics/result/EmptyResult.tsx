import { Button } from '@mantine/core';
import { IconChartLine } from '@tabler/icons-react';
import { describeRange } from '../../time/range';
import { useTimeRange } from '../../time/TimeRangeProvider';
import classes from './Result.module.css';

/** No series: says so and offers what may help. */
export function EmptyResult({ expression, loading }: { expression: string; loading: boolean }) {
  const range = useTimeRange();
  const hasMatchers = expression.includes('{');
  return (
    <div className={classes.empty} data-loading={loading}>
      <IconChartLine size={28} stroke={1.3} aria-hidden />
      <p>
        <b>No series in this time range</b>
      </p>
      <p className="dimmed">
        {hasMatchers ? 'Check the label matchers, or look at a longer time.' : 'Check the name in the list of metrics, or look at a longer time.'} Now: {describeRange(range.raw, range.endMs).toLowerCase()}.
      </p>
      <Button variant="default" onClick={() => range.setRange({ from: 'now-24h', to: 'now' })}>
        Look at the last 24 h
      </Button>
    </div>
  );
}
