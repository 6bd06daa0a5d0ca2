import { useMemo, useState } from 'react';
import { TimeChart } from '../../charts/TimeChart';
import { formatSi } from '../../format/number';
import { coloursOf, labelsKey } from '../../palette/palette';
import { useScheme } from '../../theme/useScheme';
import type { LokiSeries } from '../query/lokiAnswer';
import { matrixColumns, seriesName } from '../query/matrix';
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
  onZoomBack: () => void;
}

/** The result of a metric query as lines, gaps where there are no samples, with a legend that brings one series out. */
export function MatrixChart({ series, startMs, endMs, stepMs, onZoom, onZoomBack }: Props) {
  const scheme = useScheme();
  const [highlighted, setHighlighted] = useState<string | null>(null);
  const { times, lines } = useMemo(() => {
    const shown = series.slice(0, MAX_SERIES);
    const columns = matrixColumns(shown, stepMs);
    const keys = shown.map((s) => labelsKey(s.metric));
    const colours = coloursOf(keys, scheme);
    return {
      times: columns.times,
      lines: shown.map((s, i) => ({ key: keys[i]!, name: seriesName(s.metric), colour: colours[i]!, values: columns.values[i]! })),
    };
  }, [series, stepMs, scheme]);

  if (series.length === 0) {
    return (
      <div className={classes.empty}>
        <h3>No samples in this range</h3>
        <p>
          The query is understood, but no line fell into any of its windows. Take a longer time range, or a longer window in the brackets.
        </p>
      </div>
    );
  }
  return (
    <div className={classes.matrix}>
      <TimeChart
        times={times}
        series={lines}
        startMs={startMs}
        endMs={endMs}
        unit="none"
        height={CHART_PX}
        label="Result of the metric query"
        highlighted={highlighted}
        onZoom={onZoom}
        onZoomBack={onZoomBack}
      />
      <div className={classes.matrixLegend}>
        {lines.map((line) => (
          <span
            key={line.key}
            className={classes.matrixItem}
            onPointerEnter={() => setHighlighted(line.key)}
            onPointerLeave={() => setHighlighted(null)}
          >
            <i style={{ background: line.colour }} />
            <span title={line.name}>{line.name}</span>
            <b title="last value">{formatSi(line.values.findLast((v) => v !== null) ?? NaN)}</b>
          </span>
        ))}
        {series.length > MAX_SERIES && (
          <span className={classes.dim}>
            The first {MAX_SERIES} of {series.length} series. Aggregate with sum by (…) or topk to see the ones that matter.
          </span>
        )}
      </div>
    </div>
  );
}
