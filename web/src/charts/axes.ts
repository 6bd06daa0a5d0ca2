import type uPlot from 'uplot';
import { axisLabels, gridSteps } from '../format/units';
import type { Unit } from '../format/units';
import { zonedTime } from '../time/zone';

const FONT = '11px system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif';
/** Room at the left, the same for all charts above one another as long as their labels fit, so that their times line up. */
const LEAST_GUTTER_PX = 58;

export interface AxisColours {
  grid: string;
  text: string;
}

const two = (n: number) => String(n).padStart(2, '0');
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A tick's label by the distance of ticks: seconds only where they differ, the day at midnight. */
export function timeLabel(unixSeconds: number, incrementSeconds: number): string {
  const { month, day: dayOfMonth, hour, minute, second } = zonedTime(unixSeconds * 1000);
  const day = `${dayOfMonth} ${MONTHS[month - 1]}`;
  if (incrementSeconds >= 86_400) return day;
  const midnight = hour === 0 && minute === 0 && second === 0;
  if (midnight && incrementSeconds >= 60) return day;
  const clock = `${two(hour)}:${two(minute)}`;
  return incrementSeconds < 60 ? `${clock}:${two(second)}` : clock;
}

export function axesOf(unit: Unit, colours: AxisColours, compact: boolean): uPlot.Axis[] {
  const look = { font: FONT, stroke: colours.text, grid: { stroke: colours.grid, width: 1 } };
  return [
    {
      ...look,
      space: compact ? 70 : 80,
      size: 28,
      gap: 8,
      ticks: { show: false },
      grid: { ...look.grid, show: !compact },
      values: (_, splits, __, ___, increment) => splits.map((split) => timeLabel(split, increment)),
    },
    {
      ...look,
      space: compact ? 32 : 40,
      gap: 6,
      ticks: { show: false },
      incrs: gridSteps(unit),
      size: (_, labels) => Math.max(LEAST_GUTTER_PX, ...(labels ?? []).map((label) => label.length * 6.2 + 14)),
      values: (_, splits) => axisLabels(splits, unit),
    },
  ];
}

/**
 * The range of the value axis. Zero is in it unless the data lies in a narrow band far away from zero, where the shape would be
 * lost; `ceiling` (such as 1 for a share) is in it always.
 */
export function valueRange(min: number | null, max: number | null, ceiling: number | null): [number, number] {
  if (min === null || max === null || !Number.isFinite(min) || !Number.isFinite(max)) return [0, ceiling ?? 1];
  if (ceiling !== null) return [Math.min(0, min), Math.max(ceiling, max * 1.02)];
  if (min === max) return min === 0 ? [0, 1] : min > 0 ? [0, max * 1.25] : [min * 1.25, 0];
  const span = max - min;
  const narrow = span < Math.min(Math.abs(min), Math.abs(max)) * 0.2 && min * max > 0;
  if (narrow) return [min - span * 0.15, max + span * 0.15];
  return [min < 0 ? min - span * 0.06 : 0, max > 0 ? max + (max - Math.min(0, min)) * 0.06 : 0];
}
