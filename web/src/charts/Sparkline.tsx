import { memo } from 'react';

interface Props {
  /** Evenly apart in time; null is a gap. */
  values: readonly (number | null)[];
  width: number;
  height: number;
  colour: string;
  /** The values that the whole width stands for; fewer fill it from the right. */
  slots?: number;
  fill?: boolean;
}

/** A line of a word's size, from zero to the largest value. Decoration beside the number it belongs to. */
export const Sparkline = memo(function Sparkline({ values, width, height, colour, slots = values.length, fill = true }: Props) {
  const top = Math.max(...values.map((value) => value ?? 0), 0);
  const step = width / Math.max(1, slots - 1);
  const left = width - (values.length - 1) * step;
  const runs: string[][] = [[]];
  values.forEach((value, i) => {
    if (value === null) runs.push([]);
    else runs.at(-1)!.push(`${(left + i * step).toFixed(1)},${(height - 1 - (top === 0 ? 0 : (value / top) * (height - 3))).toFixed(1)}`);
  });
  return (
    <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden style={{ display: 'block', maxWidth: '100%' }}>
      {runs
        .filter((run) => run.length > 2)
        .map((run) => (
          <g key={run[0]}>
            {fill && <path d={`M${run[0]!.split(',')[0]},${height} L${run.join(' L')} L${run.at(-1)!.split(',')[0]},${height}Z`} fill={colour} opacity={0.14} />}
            <polyline points={run.join(' ')} fill="none" stroke={colour} strokeWidth={1.5} vectorEffect="non-scaling-stroke" strokeLinejoin="round" />
          </g>
        ))}
    </svg>
  );
});
