import type { Exemplar } from '../../charts/exemplars';
import type { DataFrame } from '../frames/frame';
import type { Panel } from '../model/panel';
import type { Scope } from '../variables/interpolate';

/** What every kind of panel gets. */
export interface PanelProps {
  panel: Panel;
  frames: readonly DataFrame[];
  /** The place that it has to fill. */
  width: number;
  height: number;
  startMs: number;
  endMs: number;
  scope: Scope;
  onZoom: (startMs: number, endMs: number) => void;
  onZoomBack: () => void;
  /** Single events with their traces, for charts over time. */
  exemplars?: readonly Exemplar[];
}
