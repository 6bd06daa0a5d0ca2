import { IconChartLine, IconListDetails, IconTimelineEvent } from '@tabler/icons-react';
import { Link, Outlet } from '@tanstack/react-router';
import classes from './ExploreFrame.module.css';

const TABS = [
  { to: '/explore/metrics', label: 'Metrics', Icon: IconChartLine },
  { to: '/explore/logs', label: 'Logs', Icon: IconListDetails },
  { to: '/explore/traces', label: 'Traces', Icon: IconTimelineEvent },
] as const;

/** Explore: the tabs of the three signals over the one that is open. */
export function ExploreFrame() {
  return (
    <div className={classes.frame} data-own-scroll>
      <nav className={classes.tabs} aria-label="Signals">
        {TABS.map(({ to, label, Icon }) => (
          <Link key={to} to={to} className={classes.tab} activeProps={{ 'aria-current': 'page' }} activeOptions={{ includeSearch: false }}>
            <Icon size={16} stroke={1.6} aria-hidden />
            {label}
          </Link>
        ))}
      </nav>
      <div id="explore-content" className={classes.content}>
        <Outlet />
      </div>
    </div>
  );
}
