import { lazy } from 'react';
import type { ComponentType, LazyExoticComponent } from 'react';
import type { PanelType } from '../model/panel';
import type { PanelProps } from '../panels/panelProps';

type Kind = ComponentType<PanelProps> | LazyExoticComponent<ComponentType<PanelProps>>;

/** The component of each kind of panel. Those that only some dashboards have are loaded by them. */
export const PANEL_KINDS: Readonly<Partial<Record<PanelType, Kind>>> = {
  timeseries: lazy(() => import('../panels/timeseries/TimeSeriesPanel')),
  stat: lazy(() => import('../panels/StatPanel')),
  gauge: lazy(() => import('../panels/GaugePanel')),
  bargauge: lazy(() => import('../panels/BarGaugePanel')),
  table: lazy(() => import('../panels/table/TablePanel')),
  text: lazy(() => import('../panels/TextPanel')),
  barchart: lazy(() => import('../panels/BarChartPanel')),
  histogram: lazy(() => import('../panels/HistogramPanel')),
  heatmap: lazy(() => import('../panels/HeatmapPanel')),
  piechart: lazy(() => import('../panels/PiePanel')),
  'state-timeline': lazy(() => import('../panels/StatePanel')),
  'status-history': lazy(() => import('../panels/StatePanel')),
  logs: lazy(() => import('../panels/LogsPanel')),
  traces: lazy(() => import('../panels/TracesPanel')),
  nodeGraph: lazy(() => import('../panels/NodeGraphPanel')),
  alertlist: lazy(() => import('../panels/AlertListPanel')),
};

/** Kinds that show something without asking a data source. */
export const WITHOUT_DATA: ReadonlySet<PanelType> = new Set<PanelType>(['text', 'row', 'alertlist', 'unsupported']);
