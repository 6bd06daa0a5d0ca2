import { useElementSize } from '@mantine/hooks';
import { useEffect, useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatSi } from '../../format/number';
import { formatDateTime } from '../../format/time';
import { coloursOf, labelsKey } from '../../palette/palette';
import { useScheme } from '../../theme/useScheme';
import type { LokiSeries } from '../query/lokiAnswer';
import { matrixColumns, seriesName } from '../query/matrix';
import { timeAxisText, useChartColours } from './chartColours';
import classes from './Logs.module.css';

const CHART_PX = 320;
/** More series than that cannot be told apart; the legend says how many there are. */
const MAX_SERIES = 50;

interface Props {
  series: readonly LokiSeries[];
  startMs: number;
  endMs: number;
  stepMs: number;
  onZoom: (startMs: number, endMs: number) => void;
}

/** The result of a metric query as lines, gaps where there are no samples, with a legend that shows the values under the cursor. */
export function MatrixChart({ series, startMs, endMs, stepMs, onZoom }: Props) {
  const { ref, width } = useElementSize();
  const host = useRef<HTMLDivElement>(null);
  const scheme = useScheme();
  const colours = useChartColours();
  const [at, setAt] = useState<number | null>(null);
  const zoom = useRef(onZoom);
  zoom.current = onZoom;
  const shown = useMemo(() => series.slice(0, MAX_SERIES), [series]);
  const lineColours = useMemo(() => coloursOf(shown.map((s) => labelsKey(s.metric)), scheme), [shown, scheme]);
  const columns = useMemo(() => matrixColumns(shown, stepMs), [shown, stepMs]);

  useEffect(() => {
    if (!host.current || width === 0 || columns.times.length === 0) return;
    const plot = new uPlot(
      {
        width,
        height: CHART_PX,
        padding: [12, 12, 0, 0],
        legend: { show: false },
        cursor: { drag: { x: true, y: false, setScale: false }, points: { size: 6 } },
        scales: { x: { time: true, range: [startMs / 1000, endMs / 1000] } },
        axes: [
          { stroke: colours.text, font: colours.font, size: 24, ticks: { show: false }, grid: { stroke: colours.grid, width: 1 }, values: timeAxisText },
          { stroke: colours.text, font: colours.font, size: 56, ticks: { show: false }, grid: { stroke: colours.grid, width: 1 }, values: (_u, splits) => splits.map((v) => formatSi(v)) },
        ],
        // A single sample has no line, so it gets a dot.
        series: [{}, ...shown.map((s, i) => ({ label: seriesName(s.metric), stroke: lineColours[i], width: 1.5, spanGaps: false, points: { show: columns.times.length === 1 } }))],
        hooks: {
          setCursor: [(u) => setAt(u.cursor.idx ?? null)],
          setSelect: [
            (u) => {
              if (u.select.width < 4) return;
              zoom.current(u.posToVal(u.select.left, 'x') * 1000, u.posToVal(u.select.left + u.select.width, 'x') * 1000);
              u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            },
          ],
        },
      },
      [columns.times, ...columns.values],
      host.current,
    );
    return () => plot.destroy();
  }, [columns, shown, lineColours, colours, width, startMs, endMs]);

  if (series.length === 0) {
    return (
      <div className={classes.empty}>
        <h3>No samples in this range</h3>
        <p>The query is understood, but no line fell into any of its windows. Take a longer time range, or a longer window in the brackets.</p>
      </div>
    );
  }
  return (
    <div className={classes.matrix}>
      <div ref={ref} style={{ minHeight: CHART_PX }}>
        <div ref={host} />
      </div>
      <div className={classes.matrixLegend}>
        <span className={classes.dim}>
          {at !== null && columns.times[at] !== undefined ? formatDateTime(columns.times[at] * 1000) : `${series.length} series${series.length > MAX_SERIES ? `, the first ${MAX_SERIES} are shown: aggregate with sum by (…) or topk` : ''}`}
        </span>
        {shown.map((s, i) => (
          <span key={i} className={classes.matrixItem}>
            <i style={{ background: lineColours[i] }} />
            <span>{seriesName(s.metric)}</span>
            <b>{formatLast(columns.values[i]!, at)}</b>
          </span>
        ))}
      </div>
    </div>
  );
}

/** The value under the cursor, else the last one. */
function formatLast(values: readonly (number | null)[], at: number | null): string {
  const value = at === null ? values.findLast((v) => v !== null) : values[at];
  return value === null || value === undefined ? '–' : formatSi(value);
}
