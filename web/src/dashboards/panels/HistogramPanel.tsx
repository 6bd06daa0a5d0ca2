import { useMemo } from 'react';
import { coloursOf } from '../../palette/palette';
import { useScheme } from '../../theme/useScheme';
import { displayName } from '../frames/names';
import { faded } from '../look/colours';
import { formatUnit, joined } from '../look/units';
import { flagOf, numberOf } from '../model/json';
import { BarPlot } from './BarPlot';
import { bucketsOf } from './histogramBuckets';
import { legendLook } from './legendItems';
import { NoValues } from './NoValues';
import { PanelLegend } from './PanelLegend';
import type { PanelProps } from './panelProps';

const nothing = () => undefined;

/** How often values of each size occur. */
export default function HistogramPanel({ panel, frames, width, height }: PanelProps) {
  const scheme = useScheme();
  const look = useMemo(() => legendLook(panel.options), [panel]);
  const columns = useMemo(() => frames.flatMap((frame) => frame.fields.filter((field) => field.type === 'number').map((field) => ({ name: displayName(field, frame, frames), field }))), [frames]);
  const combine = flagOf(panel.options['combine']);
  const groups = combine && columns.length > 0 ? [{ name: 'All', values: columns.flatMap(({ field }) => field.values) }] : columns.map(({ name, field }) => ({ name, values: field.values }));
  const buckets = bucketsOf(groups.map((group) => group.values), numberOf(panel.options['bucketSize']), numberOf(panel.options['bucketOffset']) ?? 0, numberOf(panel.options['bucketCount']) ?? 30);
  if (buckets.from.length === 0) return <NoValues panel={panel} />;
  const colours = coloursOf(groups.map((group) => group.name), scheme);
  const { unit, decimals } = columns[0]!.field.config;
  const edge = (value: number) => joined(formatUnit(value, unit, decimals));
  return (
    <PanelLegend items={groups.map((group, i) => ({ key: group.name, name: group.name, colour: colours[i]!, stats: [] }))} look={look} width={width} height={height} isolated={null} onIsolate={nothing} onHighlight={nothing}>
      {(w, h) => (
        <BarPlot
          width={w}
          height={h}
          categories={buckets.from.map((from) => edge(from))}
          series={groups.map((group, i) => ({ name: group.name, bars: buckets.counts[i]!.map((count, b) => ({ value: count, fill: faded(colours[i]!, 0.5), stroke: colours[i]!, text: `${count} from ${edge(buckets.from[b]!)} to ${edge(buckets.from[b]! + buckets.size)}` })) }))}
          stacked={false}
          percent={false}
          horizontal={false}
          values={false}
          unit="short"
          decimals={null}
          min={0}
          max={null}
          label=""
          title={panel.title}
          fill={0.96}
        />
      )}
    </PanelLegend>
  );
}
