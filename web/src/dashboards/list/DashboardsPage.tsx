import { notifications } from '@mantine/notifications';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { IconDatabase, IconFileImport, IconFolder, IconPlus, IconSearch, IconStar, IconStarFilled, IconTrash } from '@tabler/icons-react';
import { Link, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useRef, useState } from 'react';
import type { KeyboardEvent } from 'react';
import { messageOf } from '../../api/http';
import { many, one, useUrlSearch } from '../../app/search';
import controls from '../../controls/Controls.module.css';
import { QueryFailure } from '../../query/QueryFailure';
import { deleteDashboard, getDashboard, READY_MADE, saveDashboard, searchDashboards, setStar } from '../store/dashboardApi';
import type { DashboardHit } from '../store/dashboardApi';
import { grouped, matching } from './filterHits';
import { ImportPanel } from './ImportPanel';
import classes from './List.module.css';

const DataSourcesDrawer = lazy(() => import('./DataSourcesDrawer'));

/** /dashboards: all dashboards by folder, with search, tags and stars; and the way to bring one in. */
export default function DashboardsPage() {
  const [search, patch] = useUrlSearch();
  const client = useQueryClient();
  const navigate = useNavigate();
  const list = useRef<HTMLDivElement>(null);
  const hits = useQuery({ queryKey: ['dashboards'], queryFn: ({ signal }) => searchDashboards(signal), staleTime: 5000 });
  const [importing, setImporting] = useState(false);
  const [sourcesOpen, setSourcesOpen] = useState(false);
  const words = one(search['find']);
  const tags = many(search['tag']);
  const onlyStarred = one(search['starred']) === '1';
  const all = hits.data ?? [];
  const found = matching(all, { words, tags, onlyStarred });
  const known = [...new Set(all.flatMap((hit) => hit.tags))].sort();
  const renew = () => client.invalidateQueries({ queryKey: ['dashboards'] });

  const create = async () => {
    try {
      const made = await saveDashboard({ dashboard: { title: 'New dashboard', schemaVersion: 41, panels: [], templating: { list: [] }, annotations: { list: [] }, time: { from: 'now-1h', to: 'now' } } });
      await renew();
      void navigate({ to: '/dashboards/$uid', params: { uid: made.uid }, search: { edit: '1' } as never });
    } catch (error) {
      notifications.show({ color: 'red', title: 'No dashboard was made', message: messageOf(error) });
    }
  };
  const star = async (hit: DashboardHit) => {
    try {
      await setStar(hit.uid, !hit.isStarred);
    } catch (error) {
      notifications.show({ color: 'red', title: 'The star was not kept', message: messageOf(error) });
    }
    await renew();
  };
  const remove = async (hit: DashboardHit) => {
    try {
      const kept = await getDashboard(hit.uid);
      await deleteDashboard(hit.uid);
      await renew();
      const id = notifications.show({
        autoClose: 12_000,
        message: (
          <span>
            {hit.title} was deleted.{' '}
            <button
              type="button"
              className={controls.copy}
              onClick={() => {
                notifications.hide(id);
                void saveDashboard({ dashboard: kept.dashboard, ...(kept.meta.folderUid ? { folderUid: kept.meta.folderUid } : {}), overwrite: true, message: 'Brought back' })
                  .then(renew)
                  .catch((error: unknown) => notifications.show({ color: 'red', title: `${hit.title} was not brought back`, message: messageOf(error) }));
              }}
            >
              Undo
            </button>
          </span>
        ),
      });
    } catch (error) {
      notifications.show({ color: 'red', title: `${hit.title} was not deleted`, message: messageOf(error) });
    }
  };
  const walk = (event: KeyboardEvent) => {
    const move = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (move === 0) return;
    const rows = [...(list.current?.querySelectorAll<HTMLElement>('[data-row]') ?? [])];
    const at = rows.indexOf(document.activeElement as HTMLElement);
    event.preventDefault();
    rows[Math.min(rows.length - 1, Math.max(0, at + move))]?.focus();
  };

  return (
    <div className={classes.page} data-gutter>
      <div className={classes.tools}>
        <label className={classes.search}>
          <IconSearch size={15} stroke={1.6} aria-hidden />
          <input data-page-search aria-label="Search dashboards" placeholder="Search dashboards" value={words} onKeyDown={walk} onChange={(event) => patch({ find: event.currentTarget.value || undefined }, { replace: true })} />
        </label>
        <button type="button" className={controls.button} aria-pressed={onlyStarred} onClick={() => patch({ starred: onlyStarred ? undefined : '1' })}>
          <IconStar size={14} stroke={1.6} aria-hidden /> Starred
        </button>
        <button type="button" className={controls.button} onClick={() => void create()}>
          <IconPlus size={14} stroke={1.6} aria-hidden /> New
        </button>
        <button type="button" className={controls.button} aria-pressed={importing} onClick={() => setImporting((before) => !before)}>
          <IconFileImport size={14} stroke={1.6} aria-hidden /> Import
        </button>
        <button type="button" className={controls.button} onClick={() => setSourcesOpen(true)}>
          <IconDatabase size={14} stroke={1.6} aria-hidden /> Data sources
        </button>
        {sourcesOpen && (
          <Suspense fallback={null}>
            <DataSourcesDrawer onClose={() => setSourcesOpen(false)} />
          </Suspense>
        )}
      </div>
      {known.length > 0 && (
        <div className={classes.tags} role="group" aria-label="Tags">
          {known.map((tag) => (
            <button key={tag} type="button" aria-pressed={tags.includes(tag)} onClick={() => patch({ tag: tags.includes(tag) ? tags.filter((other) => other !== tag) : [...tags, tag] })}>
              {tag}
            </button>
          ))}
        </div>
      )}
      {importing && <ImportPanel onDone={() => void renew()} />}
      {hits.error !== null && <QueryFailure error={hits.error} expression="" onRetry={() => void hits.refetch()} />}
      {hits.isPending && <div className="skeleton" style={{ height: 240 }} aria-hidden />}
      {hits.data !== undefined && all.length === 0 && !importing && (
        <div className={`panel ${classes.empty}`}>
          <h2>No dashboards yet</h2>
          <p>Bring one along from Grafana: its JSON (Share → Export, or a file of grafana.com) is imported as it is, and can be exported again without loss.</p>
          <button type="button" className={controls.button} onClick={() => setImporting(true)}>
            <IconFileImport size={14} stroke={1.6} aria-hidden /> Import a dashboard
          </button>
        </div>
      )}
      {all.length > 0 && found.length === 0 && <p className="dimmed">No dashboard matches.</p>}
      <div ref={list} onKeyDown={walk}>
        {grouped(found).map(({ folder, hits: inside }) => (
          <section key={folder} className={`panel ${classes.folder}`} aria-label={folder}>
            <h2>
              <IconFolder size={15} stroke={1.6} aria-hidden /> {folder} <small>{inside.length}</small>
            </h2>
            <ul>
              {inside.map((hit) => (
                <li key={hit.uid}>
                  <button type="button" className={classes.icon} onClick={() => void star(hit)} aria-pressed={hit.isStarred ?? false} aria-label={`Star ${hit.title}`}>
                    {hit.isStarred === true ? <IconStarFilled size={14} /> : <IconStar size={14} stroke={1.6} />}
                  </button>
                  <Link data-row to="/dashboards/$uid" params={{ uid: hit.uid }} search={((before: { from?: string; to?: string; refresh?: string }) => ({ from: before.from, to: before.to, refresh: before.refresh })) as never} className={classes.name}>
                    {hit.title}
                  </Link>
                  <span className={classes.rowTags}>
                    {hit.tags.map((tag) => (
                      <i key={tag}>{tag}</i>
                    ))}
                  </span>
                  {hit.isProvisioned === true ? (
                    <span className="dimmed">{hit.folderUid === READY_MADE ? 'ready-made' : 'from a file'}</span>
                  ) : (
                    <button type="button" className={classes.icon} onClick={() => void remove(hit)} aria-label={`Delete ${hit.title}`}>
                      <IconTrash size={14} stroke={1.6} />
                    </button>
                  )}
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </div>
  );
}
