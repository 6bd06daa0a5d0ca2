import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { one, useUrlSearch } from '../../app/search';
import { ApiError } from '../../api/http';
import { QueryFailure } from '../../query/QueryFailure';
import { parseDashboard } from '../model/dashboard';
import type { Dashboard } from '../model/dashboard';
import { getDashboard } from '../store/dashboardApi';
import type { DashboardMeta } from '../store/dashboardApi';
import { DashboardView } from './DashboardView';
import classes from './Page.module.css';

interface Loaded {
  dashboard: Dashboard;
  meta: DashboardMeta;
}

/** /dashboards/{uid}: a dashboard that the server keeps. */
export default function DashboardPage() {
  const { uid } = useParams({ from: '/dashboards/$uid' });
  const [search, patch] = useUrlSearch();
  const loaded = useQuery({
    queryKey: ['dashboard', uid],
    staleTime: Infinity,
    queryFn: async ({ signal }): Promise<Loaded> => {
      const kept = await getDashboard(uid, signal);
      const parsed = parseDashboard(kept.dashboard);
      if ('error' in parsed) throw new ApiError(parsed.error, 200, 'bad_data');
      return { dashboard: parsed.dashboard, meta: kept.meta };
    },
  });
  const { data } = loaded;

  // The dashboard's own range and refresh hold where the address names none: once, when it is opened.
  const opened = useRef('');
  useEffect(() => {
    if (data === undefined || opened.current === uid) return;
    opened.current = uid;
    const { time, refresh } = data.dashboard;
    const changes: Record<string, string> = {};
    if (time !== null && one(search.from) === '' && !(time.from === 'now-1h' && time.to === 'now')) Object.assign(changes, { from: time.from, to: time.to });
    if (/^\d+(s|m|h)$/.test(refresh) && one(search.refresh) === '') changes['refresh'] = refresh;
    if (Object.keys(changes).length > 0) patch(changes, { replace: true });
  }, [data, uid, search, patch]);

  if (data === undefined) {
    if (loaded.error === null) return <DashboardSkeleton />;
    const missing = loaded.error instanceof ApiError && loaded.error.status === 404;
    return (
      <div className={classes.message}>
        {missing ? (
          <>
            <h2>There is no dashboard of this address</h2>
            <p>It was deleted, or lies on another server.</p>
            <Link to="/dashboards">All dashboards</Link>
          </>
        ) : (
          <QueryFailure error={loaded.error} expression="" onRetry={() => void loaded.refetch()} />
        )}
      </div>
    );
  }
  return <DashboardView key={`${uid} ${data.meta.version}`} saved={data.dashboard} meta={data.meta} onReload={() => void loaded.refetch()} />;
}

function DashboardSkeleton() {
  return (
    <div className={classes.page} aria-hidden>
      <div className="skeleton" style={{ height: 30, marginBottom: 8 }} />
      <div className={classes.skeletonGrid}>
        {Array.from({ length: 6 }, (_, i) => (
          <div key={i} className="skeleton" style={{ height: 220 }} />
        ))}
      </div>
    </div>
  );
}
