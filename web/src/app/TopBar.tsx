import { ActionIcon, Kbd, Tooltip } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconLink, IconSearch } from '@tabler/icons-react';
import { useLocation } from '@tanstack/react-router';
import { useEffect } from 'react';
import { RefreshPicker } from '../time/RefreshPicker';
import { toAbsolute } from '../time/range';
import { TimeRangePicker } from '../time/TimeRangePicker';
import { useTimeRange } from '../time/TimeRangeProvider';
import { UNDER_EXPLORE } from './places';
import classes from './TopBar.module.css';

function titleOf(pathname: string): string {
  if (pathname.startsWith('/trace/')) return 'Trace';
  if (UNDER_EXPLORE.test(pathname)) return 'Explore';
  if (pathname.startsWith('/dashboards')) return 'Dashboards';
  if (pathname.startsWith('/service')) return pathname.startsWith('/service/') ? 'Service' : 'Services';
  if (pathname.startsWith('/data')) return 'Data';
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

/** Copies a link with the times that are on the screen now, so that others see the same later. */
function ShareButton() {
  const range = useTimeRange();
  const copy = async () => {
    const url = new URL(window.location.href);
    const { from, to } = toAbsolute(range);
    url.searchParams.set('from', from);
    url.searchParams.set('to', to);
    url.searchParams.delete('refresh');
    try {
      await navigator.clipboard.writeText(url.href);
      notifications.show({ message: 'Link copied, with the times as they are now.' });
    } catch {
      // Browsers give the clipboard only to pages from localhost or by TLS.
      notifications.show({ color: 'red', title: 'The browser refuses the clipboard here', message: url.href, autoClose: false });
    }
  };
  return (
    <Tooltip label="Copy a link to what you see">
      <ActionIcon size={30} variant="default" onClick={() => void copy()} aria-label="Copy a link to what you see">
        <IconLink size={16} stroke={1.6} />
      </ActionIcon>
    </Tooltip>
  );
}
