import { ApiError, errorOf, getJson } from '../../api/http';
import { kindOfType } from '../model/dataSource';
import type { ConfiguredSource } from '../model/dataSource';

const BASE = '/grafana/api';

/** Where the API of a configured server is reached: through ours, which alone knows its address and its secrets. */
export function proxyBase(uid: string): string {
  return `${BASE}/datasources/proxy/uid/${encodeURIComponent(uid)}`;
}

interface Listed {
  uid: string;
  name: string;
  type: string;
  isDefault?: boolean;
  jsonData?: { timeInterval?: string };
}

/** The servers beside this one that its configuration names. */
export async function listDataSources(signal?: AbortSignal): Promise<ConfiguredSource[]> {
  const all = await getJson<Listed[]>(`${BASE}/datasources`, {}, { signal });
  return all.flatMap(({ uid, name, type, isDefault, jsonData }) => {
    const kind = kindOfType(type);
    return kind === undefined ? [] : [{ uid, name, kind, isDefault: isDefault === true, timeInterval: jsonData?.timeInterval ?? '' }];
  });
}

/** Why a configured server does not answer; null where it does. */
export async function healthOf(uid: string, signal?: AbortSignal): Promise<{ problem: string | null }> {
  try {
    await getJson(`${BASE}/datasources/uid/${encodeURIComponent(uid)}/health`, {}, { signal });
    return { problem: null };
  } catch (error) {
    if (error instanceof ApiError && error.status === 400) return { problem: error.message };
    throw error;
  }
}

/** What the server tells of one column and one answer of SQL. */
export interface SqlFrame {
  schema: { fields: { name: string; type?: string; labels?: Record<string, string> }[]; meta?: { notices?: { text: string }[] } };
  data: { values: unknown[][]; entities?: ({ NaN?: number[]; Inf?: number[]; NegInf?: number[] } | null)[] };
}

export interface SqlQuestion {
  uid: string;
  sql: string;
  format: 'table' | 'time_series';
  startMs: number;
  endMs: number;
  stepMs: number;
}

/** Runs one query. */
export async function querySql(question: SqlQuestion, signal: AbortSignal): Promise<SqlFrame[]> {
  const { uid, sql, format, startMs, endMs, stepMs } = question;
  const queries = [{ refId: 'A', datasource: { uid }, rawSql: sql, format, intervalMs: stepMs }];
  const body = JSON.stringify({ from: String(Math.round(startMs)), to: String(Math.round(endMs)), queries });
  let response: Response;
  try {
    response = await fetch(`${BASE}/ds/query`, { method: 'POST', headers: { Accept: 'application/json', 'Content-Type': 'application/json' }, body, signal });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ApiError('The server does not answer. Check that triptych is running; this page goes on by itself when it is back.', 0, 'unreachable');
  }
  const text = await response.text();
  const answer = text.startsWith('{') ? (JSON.parse(text) as { results?: Record<string, { error?: string; frames?: SqlFrame[] }> }) : {};
  const result = answer.results?.['A'];
  if (result?.error !== undefined) throw errorOf(400, '', result.error);
  if (!response.ok || result === undefined) throw errorOf(response.status, response.statusText, text);
  return result.frames ?? [];
}
