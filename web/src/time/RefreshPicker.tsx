import { ActionIcon, Button, Menu, Tooltip } from '@mantine/core';
import { useIsFetching } from '@tanstack/react-query';
import { IconCheck, IconChevronDown, IconRefresh } from '@tabler/icons-react';
import classes from './RefreshPicker.module.css';
import { useTimeRange } from './TimeRangeProvider';

const INTERVALS = ['5s', '10s', '30s', '1m', '5m'];

const spaced = (interval: string) => interval.replace(/(\d)([sm])/, (_, n: string, unit: string) => `${n} ${unit === 'm' ? 'min' : 's'}`);

/** Refresh now, and how often by itself. */
export function RefreshPicker() {
  const { refreshMs, relative, setRefresh, refreshNow } = useTimeRange();
  const running = useIsFetching({ predicate: (query) => query.queryKey[0] !== 'sources' }) > 0;
  const current = INTERVALS.find((i) => Number.parseInt(i, 10) * (i.endsWith('m') ? 60_000 : 1000) === refreshMs) ?? null;
  return (
    <Button.Group>
      <Tooltip label="Refresh now">
        <ActionIcon size={30} variant="default" onClick={refreshNow} aria-label="Refresh now" className={classes.now} data-running={running}>
          <IconRefresh size={16} stroke={1.6} />
        </ActionIcon>
      </Tooltip>
      <Menu position="bottom-end" offset={4} transitionProps={{ duration: 0 }}>
        <Menu.Target>
          <Button variant="default" px={8} className={classes.menu} aria-label={`Auto refresh: ${current === null ? 'off' : spaced(current)}`} title={relative ? undefined : 'An absolute time range does not refresh by itself'}>
            {current !== null && <span className={classes.current}>{spaced(current)}</span>}
            <IconChevronDown size={14} stroke={1.6} />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>Auto refresh</Menu.Label>
          {[null, ...INTERVALS].map((interval) => (
            <Menu.Item key={interval ?? 'off'} onClick={() => setRefresh(interval)} rightSection={interval === current ? <IconCheck size={14} aria-label="chosen" /> : null}>
              {interval === null ? 'Off' : spaced(interval)}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </Button.Group>
  );
}
