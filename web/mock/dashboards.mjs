// Dashboards kept in memory, behind the addresses that the pages use.
import { randomUUID } from 'node:crypto';

const kept = new Map();
const folders = new Map();
const stars = new Set();
const SOURCES = [
  { uid: 'usage', name: 'Usage', type: 'grafana-postgresql-datasource', access: 'proxy', isDefault: false, readOnly: true, jsonData: {} },
  { uid: 'staging', name: 'Staging', type: 'prometheus', access: 'proxy', isDefault: false, readOnly: true, jsonData: { timeInterval: '30s' } },
];

/** Made series or a made table, whatever the SQL says. */
function answerSql({ from, to, queries: [query] }) {
  const times = Array.from({ length: 60 }, (_, i) => Number(from) + ((Number(to) - Number(from)) * i) / 60);
  const number = (name, labels) => ({ name, type: 'number', ...(labels ? { labels } : {}) });
  const frame =
    query.format === 'table'
      ? { schema: { fields: [{ name: 'team', type: 'string' }, number('bytes'), number('share')] }, data: { values: [['shop', 'billing', 'search'], [48_000_000_000, 9_100_000_000, 1_300_000_000], [0.82, 0.16, 0.02]] } }
      : { schema: { fields: [{ name: 'time', type: 'time' }, ...['shop', 'billing'].map((team) => number('bytes', { team }))] }, data: { values: [times, ...[1, 2].map((k) => times.map((_, i) => 4e6 * (1 + Math.sin(i / (5 * k))) + 1e6 * k))] } };
  return { results: { A: { status: 200, frames: [frame] } } };
}

/** Puts a dashboard in, as if it had been imported. */
export function keepDashboard(dashboard, folderUid = '') {
  const uid = dashboard.uid || randomUUID().slice(0, 12);
  const versions = kept.get(uid)?.versions ?? [];
  const version = versions.length + 1;
  versions.push({ version, created: new Date().toISOString(), message: '', data: { ...dashboard, uid, version } });
  kept.set(uid, { versions, folderUid });
  return { uid, version, status: 'success', url: `/dashboards/${uid}` };
}

/** Answers a request when it is for dashboards. */
export function handleDashboards(method, url, body, res) {
  if (!url.pathname.startsWith('/grafana/api/')) return false;
  const path = url.pathname.slice('/grafana/api/'.length);
  const send = (status, value) => res.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
  const found = /^dashboards\/uid\/([^/]+)(?:\/versions(?:\/(\d+))?)?$/.exec(path);
  if (path === 'search') {
    const hits = [...kept].map(([uid, { versions, folderUid }]) => {
      const { title, tags } = versions.at(-1).data;
      return { uid, title, tags: tags ?? [], folderUid, folderTitle: folders.get(folderUid) ?? '', isStarred: stars.has(uid), type: 'dash-db' };
    });
    send(200, hits);
  } else if (path === 'folders' && method === 'POST') {
    const uid = randomUUID().slice(0, 12);
    folders.set(uid, JSON.parse(body).title);
    send(200, { uid, title: folders.get(uid) });
  } else if (path === 'folders') send(200, [...folders].map(([uid, title]) => ({ uid, title })));
  else if (path === 'datasources') send(200, SOURCES);
  else if (path.endsWith('/health')) send(path.includes('staging') ? 400 : 200, path.includes('staging') ? { status: 'ERROR', message: 'the data source Staging cannot be reached: ConnectionRefused' } : { status: 'OK' });
  else if (path === 'ds/query') send(200, answerSql(JSON.parse(body)));
  else if (path === 'dashboards/db') {
    const { dashboard, folderUid } = JSON.parse(body);
    send(200, keepDashboard(dashboard, folderUid ?? ''));
  } else if (path.startsWith('user/stars/dashboard/uid/')) {
    const uid = path.split('/').at(-1);
    if (method === 'DELETE') stars.delete(uid);
    else stars.add(uid);
    send(200, {});
  } else if (found && !kept.has(found[1])) send(404, { message: 'Dashboard not found' });
  else if (found && method === 'DELETE') {
    kept.delete(found[1]);
    send(200, {});
  } else if (found && found[2]) send(200, kept.get(found[1]).versions.find((one) => one.version === Number(found[2])));
  else if (found && path.endsWith('/versions')) send(200, { versions: kept.get(found[1]).versions.map(({ data, ...rest }) => rest).reverse() });
  else if (found) {
    const { versions, folderUid } = kept.get(found[1]);
    send(200, { dashboard: versions.at(-1).data, meta: { version: versions.length, folderUid, folderTitle: folders.get(folderUid) ?? '', isStarred: stars.has(found[1]) } });
  } else send(404, { message: 'Not found' });
  return true;
}
