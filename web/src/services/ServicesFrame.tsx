import { IconSitemap, IconTable } from '@tabler/icons-react';
import { Link, Outlet } from '@tanstack/react-router';
import frame from '../app/ExploreFrame.module.css';

const TABS = [
  { to: '/service', label: 'List', Icon: IconTable },
  { to: '/service-map', label: 'Map', Icon: IconSitemap },
] as const;

/** Services: as a list or as a map. What is searched for stays when one changes. */
export default function ServicesFrame() {
  return (
    <div className={frame.frame} data-own-scroll>
      <nav className={frame.tabs} aria-label="Services as">
        {TABS.map(({ to, label, Icon }) => (
          <Link key={to} to={to} search={(before) => ({ find: before.find })} className={frame.tab} activeProps={{ 'aria-current': 'page' }} activeOptions={{ includeSearch: false, exact: true }}>
            <Icon size={16} stroke={1.6} aria-hidden />
            {label}
          </Link>
        ))}
      </nav>
      <div id="explore-content" className={frame.content}>
        <Outlet />
      </div>
    </div>
  );
}
