import { IconActivityHeartbeat, IconCoins, IconDatabase, IconDatabaseImport, IconListSearch, IconTarget } from '@tabler/icons-react';
import { Link, Outlet } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import frame from '../app/ExploreFrame.module.css';
import classes from './OperationsFrame.module.css';

/** The pages of operations, each loaded when it is opened. Others (alerting, agents, containers) get their entry with their page. */
const TABS = [
  { to: '/data', label: 'Data', Icon: IconDatabaseImport },
  { to: '/operations/queries', label: 'Queries', Icon: IconListSearch },
  { to: '/operations/targets', label: 'Targets', Icon: IconTarget },
  { to: '/operations/cost', label: 'Cost', Icon: IconCoins },
  { to: '/operations/storage', label: 'Storage', Icon: IconDatabase },
  { to: '/operations/status', label: 'Status', Icon: IconActivityHeartbeat },
] as const;

/** Operations: the tabs over the page that is open. */
export default function OperationsFrame() {
  const nav = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a phone not all tabs fit.
    nav.current?.querySelector('[aria-current="page"]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  });
  return (
    <div className={frame.frame} data-own-scroll>
      <nav className={`${frame.tabs} ${classes.tabs}`} aria-label="Operations" ref={nav}>
        {TABS.map(({ to, label, Icon }) => (
          <Link key={to} to={to} className={frame.tab} activeProps={{ 'aria-current': 'page' }} activeOptions={{ includeSearch: false, exact: true }}>
            <Icon size={16} stroke={1.6} aria-hidden />
            {label}
          </Link>
        ))}
      </nav>
      {/* Pages that only tell have nothing to go to by key: the page itself can be scrolled then. */}
      <div id="explore-content" className={frame.content} tabIndex={0} role="region" aria-label="Page">
        <Outlet />
      </div>
    </div>
  );
}
