import { Button, Popover } from '@mantine/core';
import { IconChevronDown, IconClock } from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';
import { formatDateTime } from '../format/time';
import { describeRange } from './range';
import classes from './TimeRangePicker.module.css';
import { useTimeRange } from './TimeRangeProvider';

const loadPanel = () => import('./TimeRangePanel');
const TimeRangePanel = lazy(loadPanel);

/** The button that names the time range, and the panel that changes it. */
export function TimeRangePicker() {
  const range = useTimeRange();
  const [opened, setOpened] = useState(false);
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" offset={4} trapFocus transitionProps={{ duration: 0 }}>
      <Popover.Target>
        <Button
          variant="default"
          leftSection={<IconClock size={16} stroke={1.6} />}
          rightSection={<IconChevronDown size={14} stroke={1.6} />}
          onClick={() => setOpened((o) => !o)}
          onPointerEnter={() => void loadPanel()}
          title={range.error ?? `${formatDateTime(range.startMs)} – ${formatDateTime(range.endMs)}`}
          aria-label={`Time range: ${describeRange(range.raw, range.endMs)}`}
          data-error={range.error !== null}
          className={classes.button}
        >
          {range.error === null ? describeRange(range.raw, Date.now()) : 'Bad range: last 1 h'}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p={0} className={classes.dropdown}>
        <Suspense fallback={<div className={classes.loading} />}>
          {opened && <TimeRangePanel onClose={() => setOpened(false)} />}
        </Suspense>
      </Popover.Dropdown>
    </Popover>
  );
}
