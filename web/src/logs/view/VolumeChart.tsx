import { useElementSize } from '@mantine/hooks';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Volume } from '../query/volume';
import { timeAxisText, useChartColours } from './chartColours';
import { LEVEL_COLOURS } from './levelColours';
import classes from './Logs.module.css';
import { chartDate } from '../../time/zone';

export const VOLUME_PX = 96;

interface Props {
  volume: Volume | null;
  startMs: number;
  endMs: number;
  onZoom: (startMs: number, endMs: number) => void;
  /** A double click asked for the span before. */
  onZoomBack: () => void;
}

/** Bars of line counts, one colour per level, the most severe at the bottom. Dragging over them zooms, a double click goes back. */
export function VolumeChart({ volume, startMs, endMs, onZoom, onZoomBack }: Props) {
  const { ref, width } = useElementSize();
  const host = useRef<HTMLDivElement>(null);
  const colours = useChartColours();
  const latest = useRef({ onZoom, onZoomBack });
  latest.current = { onZoom, onZoomBack };

  useEffect(() => {
    if (!host.current || !volume || width === 0) return;
    const times = Array.from({ length: volume.bucketCount }, (_, i) => (volume.startMs + i * volume.stepMs) / 1000);
    const stacked = stack(volume);
    const plot = new uPlot(
      {
        width,
        height: VOLUME_PX,
        padding: [6, 16, 0, 0],
        legend: { show: false },
        tzDate: chartDate,
        cursor: {
          y: false,
          points: { show: false },
          drag: { x: true, y: false, setScale: false },
          bind: {
            dblclick: () => () => {
              latest.current.onZoomBack();
              return null;
            },
          },
        },
        scales: { x: { time: true, range: [startMs / 1000, endMs / 1000] }, y: { range: (_u, _min, max) => [0, Math.max(1, max)] } },
        axes: [
          {
            stroke: colours.text,
            font: colours.font,
            size: 20,
            gap: 2,
            ticks: { show: false },
            grid: { show: false },
            values: timeAxisText,
          },
          {
            stroke: colours.text,
            font: colours.font,
            size: 48,
            gap: 4,
            ticks: { show: false },
            grid: { stroke: colours.grid, width: 1 },
            splits: (u) => [0, u.scales.y!.max!],
            values: (_u, splits) => splits.map(compact),
          },
        ],
        series: [
          {},
          // The tallest first, so that the ones below cover it.
          ...stacked.map(({ level }) => ({
            label: level,
            fill: colours.css(LEVEL_COLOURS[level]),
            width: 0,
            points: { show: false },
            paths: uPlot.paths.bars!({ size: [1, Infinity], align: 1, gap: 1 }),
          })),
        ],
        hooks: {
          setSelect: [
            (u) => {
              if (u.select.width < 4) return;
              latest.current.onZoom(u.posToVal(u.select.left, 'x') * 1000, u.posToVal(u.select.left + u.select.width, 'x') * 1000);
              u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            },
          ],
        },
      },
      [times, ...stacked.map((s) => s.tops)],
      host.current,
    );
    return () => plot.destroy();
  }, [volume, width, startMs, endMs, colours]);

  return (
    <div className={classes.volume} ref={ref} style={{ minHeight: VOLUME_PX }}>
      <div ref={host} />
      {volume?.total === 0 && <span className={classes.volumeEmpty}>no lines in this range</span>}
    </div>
  );
}

/** Each level's bar reaches from zero to the sum of itself and the more severe ones. */
function stack(volume: Volume): { level: Volume['levels'][number]['level']; tops: number[] }[] {
  const sums = new Array<number>(volume.bucketCount).fill(0);
  const stacked = volume.levels.map(({ level, counts }) => ({ level, tops: sums.map((_, i) => (sums[i]! += counts[i]!)) }));
  return stacked.reverse();
}

function compact(value: number): string {
  return new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 }).format(value);
}
