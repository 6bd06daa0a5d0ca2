import { useQuery } from '@tanstack/react-query';
import { ApiError, getJson } from './http';
import type { RequestOptions } from './http';

/** A value in log lines that leads somewhere, as the section `links` of the configuration says. */
export interface DerivedField {
  name: string;
  /** In the line, or in labels and fields by their name. */
  matcherType: 'regex' | 'label';
  matcherRegex: string;
  /** An address, or the query of the page that `internal` names; `${__value.raw}` stands for the value. */
  url: string;
  internal: 'trace' | 'traces' | 'logs' | 'metrics' | 'service' | null;
  urlDisplayLabel: string | null;
}

/** What the configuration says to these pages: the answer of `/api/triptych/v1/ui/settings`. */
export interface UiSettings {
  traceToLogs: { spanStartShiftMs: number; spanEndShiftMs: number; filterBy: 'trace' | 'service' };
  derivedFields: DerivedField[];
  /** The label in which exemplars name their trace. */
  exemplarTraceIdLabel: string;
}

const HOUR_MS = 3_600_000;

export const DEFAULT_SETTINGS: UiSettings = {
  traceToLogs: { spanStartShiftMs: HOUR_MS, spanEndShiftMs: HOUR_MS, filterBy: 'trace' },
  derivedFields: [],
  exemplarTraceIdLabel: 'traceID',
};

/** A server before this endpoint says nothing: then the defaults hold. */
async function uiSettings(options: RequestOptions): Promise<UiSettings> {
  try {
    return await getJson<UiSettings>('/api/triptych/v1/ui/settings', {}, options);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return DEFAULT_SETTINGS;
    throw error;
  }
}

/** The settings; until they are read, and where they cannot be, the defaults, by which all links work. */
export function useUiSettings(): UiSettings {
  const { data } = useQuery({ queryKey: ['ui-settings'], staleTime: Infinity, gcTime: Infinity, retry: 2, queryFn: ({ signal }) => uiSettings({ signal }) });
  return data ?? DEFAULT_SETTINGS;
}
