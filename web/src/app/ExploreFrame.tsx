import { ActionIcon, Button, Tooltip } from '@mantine/core';
import { IconLayoutColumns, IconX } from '@tabler/icons-react';
import { Link, Outlet, useLocation, useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import classes from './ExploreFrame.module.css';
import { PagePending } from './PageStates';
import type { UrlSearch } from './search';
import { SIGNAL_TABS } from './split/signalTabs';
import { closeLeft, rightKind, split, withLeftKind } from './split/splitSearch';

const RightPane = lazy(() => import('./split/RightPane'));

/** Explore: the tabs of the three signals over the one that is open, and a second pane beside it where the page is split. */
export function ExploreFrame() {
  const search = useSearch({ strict: false }) as UrlSearch;
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const right = rightKind(search);
  const left = SIGNAL_TABS.find(({ to }) => pathname.startsWith(to))?.kind ?? 'metrics';
  return (
    <div className={classes.panes} data-split={right !== null || undefined} data-own-scroll>
      <section className={classes.pane} aria-label={right === null ? undefined : 'Left pane'}>
        <div className={classes.tabs}>
          <nav className={classes.signals} aria-label="Signals">
            {SIGNAL_TABS.map(({ to, label, Icon }) => (
              <Link key={to} to={to} search={((before: UrlSearch) => withLeftKind(before)) as never} className={classes.tab} activeProps={{ 'aria-current': 'page' }} activeOptions={{ includeSearch: false }}>
                <Icon size={16} stroke={1.6} aria-hidden />
                {label}
              </Link>
            ))}
          </nav>
          <span className={classes.paneActions}>
            {right === null ? (
              <Tooltip label="A second pane beside this one, with a query of its own">
                <Button variant="subtle" color="gray" size="compact-sm" leftSection={<IconLayoutColumns size={16} stroke={1.6} />} onClick={() => void navigate({ to: '.', search: ((before: UrlSearch) => split(before, left)) as never })}>
                  Split
                </Button>
              </Tooltip>
            ) : (
              right !== 'trace' && (
                <Tooltip label="Close this pane">
                  <ActionIcon size={28} aria-label="Close the left pane" onClick={() => void navigate({ to: `/explore/${right}`, search: ((before: UrlSearch) => closeLeft(before)) as never })}>
                    <IconX size={16} stroke={1.6} />
                  </ActionIcon>
                </Tooltip>
              )
            )}
          </span>
        </div>
        <div id="explore-content" className={classes.content}>
          <Outlet />
        </div>
      </section>
      {right !== null && (
        <Suspense fallback={<PagePending />}>
          <RightPane kind={right} left={left} />
        </Suspense>
      )}
    </div>
  );
}
