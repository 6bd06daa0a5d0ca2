import { useCallback, useMemo, useState } from 'react';
import { parseDashboard } from '../model/dashboard';
import type { Dashboard } from '../model/dashboard';
import type { Json, JsonObject } from '../model/json';

const MOST_STEPS = 50;

export interface Draft {
  /** The dashboard as it is with all changes. */
  dashboard: Dashboard;
  isChanged: boolean;
  canUndo: boolean;
  edit: (change: (raw: JsonObject) => JsonObject) => void;
  undo: () => void;
  /** Back to what is saved. */
  discard: () => void;
  /** Forgets what is kept for a reload: it is saved. */
  saved: () => void;
}

const keyOf = (uid: string) => `triptych.dashboards.draft.${uid}`;

function kept(uid: string, version: number): JsonObject | null {
  try {
    const text = localStorage.getItem(keyOf(uid));
    if (text === null) return null;
    const found = JSON.parse(text) as { version?: number; raw?: JsonObject };
    return found.version === version && found.raw !== undefined ? found.raw : null;
  } catch {
    // What cannot be read is no draft; the saved dashboard stands.
    return null;
  }
}

function keep(uid: string, version: number, raw: JsonObject | null): void {
  try {
    if (raw === null) localStorage.removeItem(keyOf(uid));
    else localStorage.setItem(keyOf(uid), JSON.stringify({ version, raw }));
  } catch {
    // A full or forbidden storage costs the convenience of surviving a reload, nothing else.
  }
}

/** Whether there are changes of this version that were not saved. */
export function hasDraft(uid: string, version: number): boolean {
  return kept(uid, version) !== null;
}

/** The changes that are made of a dashboard and not saved yet. They survive a reload. */
export function useDraft(dashboard: Dashboard, version: number): Draft {
  const { uid } = dashboard;
  const [steps, setSteps] = useState<JsonObject[]>(() => {
    const draft = kept(uid, version);
    return draft === null ? [dashboard.raw] : [dashboard.raw, draft];
  });
  const raw = steps.at(-1)!;
  const current = useMemo(() => {
    const parsed = raw === dashboard.raw ? { dashboard } : parseDashboard(raw as Json);
    return 'error' in parsed ? dashboard : parsed.dashboard;
  }, [raw, dashboard]);
  const put = useCallback(
    (next: JsonObject[]) => {
      keep(uid, version, next.length > 1 ? next.at(-1)! : null);
      return next;
    },
    [uid, version],
  );
  const edit = useCallback(
    (change: (raw: JsonObject) => JsonObject) =>
      setSteps((before) => {
        const next = change(before.at(-1)!);
        if (next === before.at(-1)) return before;
        // The saved document stays the first step, however many follow.
        return put(before.length >= MOST_STEPS ? [before[0]!, ...before.slice(2), next] : [...before, next]);
      }),
    [put],
  );
  const undo = useCallback(() => setSteps((before) => (before.length > 1 ? put(before.slice(0, -1)) : before)), [put]);
  const discard = useCallback(() => setSteps((before) => put(before.slice(0, 1))), [put]);
  const saved = useCallback(() => keep(uid, version, null), [uid, version]);
  return { dashboard: current, isChanged: steps.length > 1, canUndo: steps.length > 1, edit, undo, discard, saved };
}
