import { IconChartLine, IconListDetails, IconTimelineEvent } from '@tabler/icons-react';

export type SignalKind = 'metrics' | 'logs' | 'traces';

/** The tabs of Explore, the same in both of its panes. */
export const SIGNAL_TABS = [
  { kind: 'metrics', to: '/explore/metrics', label: 'Metrics', Icon: IconChartLine },
  { kind: 'logs', to: '/explore/logs', label: 'Logs', Icon: IconListDetails },
  { kind: 'traces', to: '/explore/traces', label: 'Traces', Icon: IconTimelineEvent },
] as const;
