import { ActionIcon, Tooltip, useMantineColorScheme } from '@mantine/core';
import { IconKeyboard, IconMoon, IconSun } from '@tabler/icons-react';
import { Link, Outlet, useLocation } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useScheme } from '../theme/useScheme';
import { TimeRangeProvider } from '../time/TimeRangeProvider';
import { useZone } from '../time/zone';
import { Connection } from './Connection';
import { Mark } from './Mark';
import { RAIL, UNDER_EXPLORE, UNDER_OPERATIONS } from './places';
import classes from './Shell.module.css';
import { TopBar } from './TopBar';
import { useShortcuts } from './useShortcuts';

const Palette = lazy(() => import('./Palette'));
const KeysHelp = lazy(() => import('./KeysHelp'));

/** Everything around a page: rail at the left, bar at the top. */
export function Shell() {
  const zone = useZone();
  const [open, setOpen] = useState<'palette' | 'keys' | null>(null);
  useShortcuts({ openPalette: () => setOpen('palette'), openKeys: () => setOpen('keys') });

  return (
    <TimeRangeProvider>
      {/* Another zone changes every time on the page: it is drawn anew. */}
      <div key={zone} className={classes.shell}>
        <a href="#content" className={classes.skip}>
          Skip to the content
        </a>
        <Rail onKeys={() => setOpen('keys')} />
        <div className={classes.main}>
          <TopBar onSearch={() => setOpen('palette')} />
          <Connection />
          <main id="content" className={classes.content} tabIndex={-1}>
            <Outlet />
          </main>
        </div>
      </div>
      <Suspense fallback={null}>
        {open === 'palette' && <Palette onClose={() => setOpen(null)} />}
        {open === 'keys' && <KeysHelp onClose={() => setOpen(null)} />}
      </Suspense>
    </TimeRangeProvider>
  );
}

function Rail({ onKeys }: { onKeys: () => void }) {
  const { pathname } = useLocation();
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useScheme();
  const next = scheme === 'dark' ? 'light' : 'dark';

  return (
    <nav className={classes.rail} aria-label="Places">
      <Link to="/" className={classes.mark} aria-label="Triptych, home page">
        <Mark />
      </Link>
      <ul className={classes.places}>
        {RAIL.map(({ to, under, label, Icon }) => {
          const here = under === '/explore' ? UNDER_EXPLORE.test(pathname) : under === '/operations' ? UNDER_OPERATIONS.test(pathname) : under === '/' ? pathname === '/' : pathname.startsWith(under);
          return (
            <li key={to}>
              <Link to={to} className={classes.place} data-here={here} aria-current={here ? 'page' : undefined}>
                <Icon size={20} stroke={1.6} />
                <span>{label}</span>
              </Link>
            </li>
          );
        })}
      </ul>
      <div className={classes.foot}>
        <Tooltip label="Keys (?)" position="right">
          <ActionIcon onClick={onKeys} aria-label="Show the keys">
            <IconKeyboard size={18} stroke={1.6} />
          </ActionIcon>
        </Tooltip>
        <Tooltip label={`Switch to the ${next} theme`} position="right">
          <ActionIcon onClick={() => setColorScheme(next)} aria-label={`Switch to the ${next} theme`}>
            {scheme === 'dark' ? <IconSun size={18} stroke={1.6} /> : <IconMoon size={18} stroke={1.6} />}
          </ActionIcon>
        </Tooltip>
      </div>
    </nav>
  );
}
