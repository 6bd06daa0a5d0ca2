import { IconActivityHeartbeat, IconCompass, IconHome, IconLayoutDashboard, IconSitemap } from '@tabler/icons-react';
import type { ComponentType } from 'react';

export interface Place {
  to:
    | '/'
    | '/explore/metrics'
    | '/explore/logs'
    | '/explore/traces'
    | '/dashboards'
    | '/service'
    | '/service-map'
    | '/data'
    | '/operations/queries'
    | '/operations/targets'
    | '/operations/cost'
    | '/operations/storage'
    | '/operations/status';
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
  { to: '/operations/queries', title: 'Queries running', key: 'q', hint: 'Who asks what, and stop it' },
  { to: '/operations/targets', title: 'Targets', key: 'r', hint: 'Scrapes and followed files' },
  { to: '/operations/cost', title: 'Cost', key: 'c', hint: 'Cardinality, bytes by tenant' },
  { to: '/operations/storage', title: 'Storage', key: 'k', hint: 'Retention, disk, blocks, flushes' },
  { to: '/operations/status', title: 'Status', key: 'u', hint: 'Build, memory, health, configuration' },
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
  { to: '/data', under: '/operations', label: 'Operate', Icon: IconActivityHeartbeat },
];

/** A trace has no entry of its own in the rail: it is reached from Explore. */
export const UNDER_EXPLORE = /^\/(explore|trace)(\/|$)/;

/** What arrives is the first page of operations, and older than the others: its address stays. */
export const UNDER_OPERATIONS = /^\/(data|operations)(\/|$)/;

