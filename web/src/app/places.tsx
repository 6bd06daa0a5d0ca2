import { IconCompass, IconDatabaseImport, IconHome, IconLayoutDashboard, IconSitemap } from '@tabler/icons-react';
import type { ComponentType } from 'react';

export interface Place {
  to: '/' | '/explore/metrics' | '/explore/logs' | '/explore/traces' | '/dashboards' | '/service' | '/service-map' | '/data';
  title: string;
  /** The letter after `g` that leads here. */
  key: string;
  hint: string;
}

export const PLACES: readonly Place[] = [
  { to: '/', title: 'Home', key: 'h', hint: 'Is everything well?' },
  { to: '/explore/metrics', title: 'Explore metrics', key: 'm', hint: 'PromQL' },
  { to: '/explore/logs', title: 'Explore logs', key: 'l', hint: 'LogQL' },
  { to: '/explore/traces', title: 'Explore traces', key: 't', hint: 'TraceQL' },
  { to: '/dashboards', title: 'Dashboards', key: 'b', hint: 'Panels from Grafana and your own' },
  { to: '/service', title: 'Services', key: 's', hint: 'Rate, errors and latency' },
  { to: '/service-map', title: 'Service map', key: 'p', hint: 'Who calls whom' },
  { to: '/data', title: 'Data', key: 'd', hint: 'What arrives, what was refused' },
];

export interface RailEntry {
  to: Place['to'];
  /** Addresses that begin so light the entry up. */
  under: string;
  label: string;
  Icon: ComponentType<{ size?: number; stroke?: number }>;
}

/** What stands in the rail: only places that exist. */
export const RAIL: readonly RailEntry[] = [
  { to: '/', under: '/', label: 'Home', Icon: IconHome },
  { to: '/explore/metrics', under: '/explore', label: 'Explore', Icon: IconCompass },
  { to: '/dashboards', under: '/dashboards', label: 'Boards', Icon: IconLayoutDashboard },
  { to: '/service', under: '/service', label: 'Services', Icon: IconSitemap },
  { to: '/data', under: '/data', label: 'Data', Icon: IconDatabaseImport },
];

/** A trace has no entry of its own in the rail: it is reached from Explore. */
export const UNDER_EXPLORE = /^\/(explore|trace)(\/|$)/;

