import { useEffect } from 'react';
import { SIGNALS } from '../api/triptych';
import { isUnreachable, useSources } from '../app/useSources';
import { useTimeRange } from '../time/TimeRangeProvider';
import { Connect } from './connect/Connect';
import classes from './Home.module.css';
import { HostPanels } from './host/HostPanels';
import { ServicesPanel } from './services/ServicesPanel';
import { SignalCard } from './signals/SignalCard';
import { Verdict } from './verdict/Verdict';

const REFRESH_MS = 15_000;

/** Is everything well? What arrives, how the services do, how the host does. */
export default function HomePage() {
  const sources = useSources();
  const { refreshMs, relative, refreshNow } = useTimeRange();

  const unreachable = isUnreachable(sources.error);

  // This page is for watching: it refreshes by itself even when auto refresh is off.
  useEffect(() => {
    // What is on the page stays while there is nobody to ask.
    if (refreshMs !== null || !relative || unreachable) return undefined;
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') refreshNow();
    }, REFRESH_MS);
    return () => clearInterval(timer);
  }, [refreshMs, relative, unreachable, refreshNow]);

  return (
    <div className={classes.page} data-gutter>
      <Verdict status={sources.data} error={sources.error} />
      <div className={classes.signals}>
        {SIGNALS.map((signal) => (
          <SignalCard key={signal} signal={signal} status={sources.data?.signals[signal]} />
        ))}
      </div>
      <Connect status={sources.data} />
      <div className={classes.lower}>
        <ServicesPanel />
        <HostPanels />
      </div>
    </div>
  );
}
