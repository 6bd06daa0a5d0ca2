import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { many } from '../../app/search';
import type { UrlSearch } from '../../app/search';
import type { Dashboard } from '../model/dashboard';
import type { ConfiguredSource } from '../model/dataSource';
import { askVariable } from '../variables/askVariable';
import { resolveVariables } from '../variables/resolveVariables';
import { builtInScope } from '../variables/scope';

/** The dashboard's variables with their options; asked for anew when the address or, where they say so, the time changes. */
export function useVariables(dashboard: Dashboard, configured: readonly ConfiguredSource[] | undefined, search: UrlSearch, range: { startMs: number; endMs: number }) {
  const client = useQueryClient();
  const address = useMemo(() => Object.fromEntries(Object.entries(search).filter(([key]) => key.startsWith('var-')).map(([key, value]) => [key.slice(4), many(value)])), [search]);
  const follows = dashboard.variables.some((variable) => variable.refresh === 2 || variable.type === 'interval' || /__(range|from|to)/.test(variable.query));
  // A minute more or less finds the same values: not each refresh asks again.
  const startMs = follows ? Math.floor(range.startMs / 60_000) * 60_000 : 0;
  const endMs = follows ? Math.ceil(range.endMs / 60_000) * 60_000 : 0;
  return useQuery({
    queryKey: ['dashboard-variables', dashboard.uid, dashboard.variables, configured, address, startMs, endMs],
    enabled: configured !== undefined,
    placeholderData: keepPreviousData,
    staleTime: 300_000,
    queryFn: ({ signal }) => {
      const asked = follows ? { startMs, endMs } : range;
      return resolveVariables({
        variables: dashboard.variables,
        sources: { ...dashboard.sources, configured },
        fromAddress: (name) => address[name] ?? null,
        builtIn: builtInScope({ ...asked, dashboard: dashboard.title }),
        rangeMs: asked.endMs - asked.startMs,
        // Variables that ask the same question, and other values of one that does not follow them, share an answer.
        ask: (source, query) => client.fetchQuery({ queryKey: ['dashboard-variable', source, query, startMs, endMs], staleTime: 60_000, queryFn: () => askVariable(source, query, asked, signal) }),
      });
    },
  });
}
