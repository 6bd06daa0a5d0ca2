import { ApiError, errorOf, getJson } from '../../api/http';
import type { JsonObject } from '../model/json';

/** Dashboards are kept by the server, under the addresses that Grafana's tools call. */
const BASE = '/grafana/api';

/** The folder of the dashboards that the program brings. */
export const READY_MADE = 'triptych';

export interface DashboardHit {
  uid: string;
  title: string;
  tags: string[];
  folderUid?: string;
  folderTitle?: string;
  isStarred?: boolean;
  /** Comes from a file of the server's and is changed there. */
  isProvisioned?: boolean;
}

export interface DashboardMeta {
  version: number;
  folderUid?: string;
  folderTitle?: string;
  provisioned?: boolean;
  provisionedExternalId?: string;
  canSave?: boolean;
  isStarred?: boolean;
  updated?: string;
  created?: string;
}

export interface KeptDashboard {
  dashboard: JsonObject;
  meta: DashboardMeta;
}

export interface Folder {
  uid: string;
  title: string;
}

export interface DashboardVersion {
  version: number;
  created: string;
  message: string;
}

export interface Saved {
  uid: string;
  version: number;
}

export function searchDashboards(signal?: AbortSignal): Promise<DashboardHit[]> {
  return getJson(`${BASE}/search`, { type: 'dash-db', limit: 5000 }, { signal });
}

export function getDashboard(uid: string, signal?: AbortSignal): Promise<KeptDashboard> {
  return getJson(`${BASE}/dashboards/uid/${encodeURIComponent(uid)}`, {}, { signal });
}

export function listFolders(signal?: AbortSignal): Promise<Folder[]> {
  return getJson(`${BASE}/folders`, {}, { signal });
}

export function createFolder(title: string): Promise<Folder> {
  return send('POST', '/folders', { title });
}

export interface SaveRequest {
  dashboard: JsonObject;
  folderUid?: string;
  message?: string;
  /** Whether a dashboard with another version, or of the same uid, is written over. */
  overwrite?: boolean;
}

/** Saves a new version. A version that is not the newest is refused with 412. */
export function saveDashboard(request: SaveRequest): Promise<Saved> {
  return send('POST', '/dashboards/db', request);
}

export function deleteDashboard(uid: string): Promise<unknown> {
  return send('DELETE', `/dashboards/uid/${encodeURIComponent(uid)}`);
}

export async function listVersions(uid: string, signal?: AbortSignal): Promise<DashboardVersion[]> {
  return (await getJson<{ versions: DashboardVersion[] }>(`${BASE}/dashboards/uid/${encodeURIComponent(uid)}/versions`, { limit: 100 }, { signal })).versions;
}

export async function getVersion(uid: string, version: number, signal?: AbortSignal): Promise<JsonObject> {
  return (await getJson<{ data: JsonObject }>(`${BASE}/dashboards/uid/${encodeURIComponent(uid)}/versions/${version}`, {}, { signal })).data;
}

export function setStar(uid: string, starred: boolean): Promise<unknown> {
  return send(starred ? 'POST' : 'DELETE', `/user/stars/dashboard/uid/${encodeURIComponent(uid)}`);
}

async function send<T>(method: string, path: string, body?: unknown): Promise<T> {
  let response: Response;
  try {
    response = await fetch(BASE + path, { method, headers: { Accept: 'application/json', ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  } catch {
    throw new ApiError('The server does not answer, nothing was saved. What you changed is kept on this page.', 0, 'unreachable');
  }
  const text = await response.text();
  if (!response.ok) throw errorOf(response.status, response.statusText, text);
  return (text === '' ? {} : JSON.parse(text)) as T;
}
