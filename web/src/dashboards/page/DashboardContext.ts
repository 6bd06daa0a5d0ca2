import { createContext, useContext } from 'react';
import type { Dashboard } from '../model/dashboard';
import type { SourceNames } from '../model/dataSource';
import type { Panel } from '../model/panel';
import type { AdHocFilter } from '../model/variable';
import type { Scope } from '../variables/interpolate';
import type { Resolved } from '../variables/resolveVariables';

/** What the panels of a dashboard share. */
export interface DashboardState {
  dashboard: Dashboard;
  resolved: readonly Resolved[];
  filters: readonly AdHocFilter[];
  builtIn: Scope;
  /** Data sources with what is configured and what their variables have chosen. */
  sources: SourceNames;
  panelById: (id: number) => Panel | undefined;
}

const Context = createContext<DashboardState | null>(null);

export const DashboardProvider = Context.Provider;

export function useDashboardState(): DashboardState {
  const value = useContext(Context);
  if (value === null) throw new Error('useDashboardState outside of a dashboard');
  return value;
}
