import { Kbd } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useLocation } from '@tanstack/react-router';
import { useEffect } from 'react';
import { RefreshPicker } from '../time/RefreshPicker';
import { TimeRangePicker } from '../time/TimeRangePicker';
import { UNDER_EXPLORE, UNDER_OPERATIONS } from './places';
import { ShareButton } from './ShareButton';
import classes from './TopBar.module.css';

function titleOf(pathname: string): string {
  if (pathname.startsWith('/trace/')) return 'Trace';
  if (UNDER_EXPLORE.test(pathname)) return 'Explore';
  if (pathname.startsWith('/dashboards')) return 'Dashboards';
  if (pathname.startsWith('/service')) return pathname.startsWith('/service/') ? 'Service' : 'Services';
  if (UNDER_OPERATIONS.test(pathname)) return 'Operations';
  return pathname === '/' ? 'Home' : 'Triptych';
}

export function TopBar({ onSearch }: { onSearch: () => void }) {
  const { pathname } = useLocation();
  const title = titleOf(pathname);
  useEffect(() => {
    document.title = title === 'Triptych' ? title : `${title} · Triptych`;
  }, [title]);

  const keys = `${/Mac/.test(navigator.platform) ? '⌘' : 'Ctrl'} K`;
  return (
    <header className={classes.bar}>
      <h1 className={classes.title}>{title}</h1>
      <button type="button" className={classes.search} onClick={onSearch} aria-label={`Search ${keys}`}>
        <IconSearch size={16} stroke={1.6} aria-hidden />
        <span>Search</span>{' '}
        <Kbd>{keys}</Kbd>
      </button>
      <TimeRangePicker />
      <RefreshPicker />
      <ShareButton />
    </header>
  );
}
