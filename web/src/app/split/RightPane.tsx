import { ActionIcon, Tooltip } from '@mantine/core';
import { IconLink, IconLinkOff, IconSwitchHorizontal, IconX } from '@tabler/icons-react';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import type { ReactNode } from 'react';
import frame from '../ExploreFrame.module.css';
import { PagePending } from '../PageStates';
import { one, SearchViewContext } from '../search';
import type { UrlSearch } from '../search';
import { TimeRangePicker } from '../../time/TimeRangePicker';
import { TimeRangeProvider } from '../../time/TimeRangeProvider';
import { SIGNAL_TABS } from './signalTabs';
import type { SignalKind } from './signalTabs';
import { closeRight, isApart, RIGHT_VIEW, swap, withRangesApart, withRightKind } from './splitSearch';
import type { PaneKind } from './splitSearch';

const PAGES = {
  metrics: lazy(() => import('../../metrics/MetricsExplore')),
  logs: lazy(() => import('../../logs/LogsExplore')),
  traces: lazy(() => import('../../traces/TracesExplore')),
};
const TraceOf = lazy(async () => ({ default: (await import('../../traces/TraceView')).TraceOf }));

/** The right half of Explore: what it shows, whether its times are those of the left half, and what is found. */
export default function RightPane({ kind, left }: { kind: PaneKind; left: SignalKind }) {
  const search = useSearch({ strict: false }) as UrlSearch;
  const navigate = useNavigate();
  const apart = isApart(search);
  const change = (next: (before: UrlSearch) => UrlSearch) => void navigate({ to: '.', search: next as never });
  const traceId = one(RIGHT_VIEW.read(search).id);

  const Within = apart ? TimeRangeProvider : Same;
  return (
    <SearchViewContext value={RIGHT_VIEW}>
      <Within>
        <section className={frame.pane} aria-label="Right pane">
          <div className={frame.tabs}>
            <nav className={frame.signals} aria-label="Signals of the right pane">
              {SIGNAL_TABS.map(({ kind: tab, label, Icon }) => (
                <button key={tab} type="button" className={frame.tab} aria-current={tab === kind ? 'page' : undefined} onClick={() => tab !== kind && change((before) => withRightKind(before, tab))}>
                  <Icon size={16} stroke={1.6} aria-hidden />
                  {label}
                </button>
              ))}
              {kind === 'trace' && (
                <span className={frame.tab} aria-current="page">
                  Trace
                </span>
              )}
            </nav>
            <span className={frame.paneActions}>
              {kind === 'trace' && (
                <Link to="/trace/$traceId" params={{ traceId }} search={{}} className={frame.paneLink}>
                  Whole page
                </Link>
              )}
              {apart && <TimeRangePicker />}
              <Tooltip label={apart ? 'Follow the time range of the left pane' : 'Give this pane a time range of its own'}>
                <ActionIcon size={28} aria-pressed={!apart} aria-label="Same time range as the left pane" onClick={() => change((before) => withRangesApart(before, !apart))}>
                  {apart ? <IconLinkOff size={16} stroke={1.6} /> : <IconLink size={16} stroke={1.6} />}
                </ActionIcon>
              </Tooltip>
              {kind !== 'trace' && (
                <Tooltip label="Swap the panes">
                  <ActionIcon size={28} aria-label="Swap the panes" onClick={() => void navigate({ to: `/explore/${kind}`, search: ((before: UrlSearch) => swap(before, left)) as never })}>
                    <IconSwitchHorizontal size={16} stroke={1.6} />
                  </ActionIcon>
                </Tooltip>
              )}
              <Tooltip label="Close this pane">
                <ActionIcon size={28} aria-label="Close the right pane" onClick={() => change(closeRight)}>
                  <IconX size={16} stroke={1.6} />
                </ActionIcon>
              </Tooltip>
            </span>
          </div>
          <div className={frame.content}>
            <Suspense fallback={<PagePending />}>{kind === 'trace' ? <TraceOf key={traceId} written={traceId} /> : <SignalPage kind={kind} />}</Suspense>
          </div>
        </section>
      </Within>
    </SearchViewContext>
  );
}

function Same({ children }: { children: ReactNode }) {
  return children;
}

function SignalPage({ kind }: { kind: SignalKind }) {
  const Page = PAGES[kind];
  return <Page key={kind} />;
}
