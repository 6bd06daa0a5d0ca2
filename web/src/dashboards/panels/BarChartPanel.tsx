import { useMemo, useState } from 'react';
import { coloursOf } from '../../palette/palette';
import { useScheme } from '../../theme/useScheme';
import { faded } from '../look/colours';
import { colourOf, displayOf, shown } from '../look/display';
import { numberOf, objectOf, textOf } from '../model/json';
import { displayName } from '../frames/names';
import { legendLook, statsFor } from './legendItems';
import { NoValues } from './NoValues';
import { PanelLegend } from './PanelLegend';
import type { PanelProps } from './panelProps';
import { barCategories } from './barCategories';
import { BarPlot } from './BarPlot';
import { limitsOf } from './values';

/** Bars side by side or on top of one another, one group for each row of a table. */
export default function BarChartPanel({ panel, frames, width, height }: PanelProps) {
  const scheme = useScheme();
  const look = useMemo(() => legendLook(panel.options), [panel]);
  const [isolated, setIsolated] = useState<ReadonlySet<string> | null>(null);
  const [highlighted, setHighlighted] = useState<string | null>(null);
  const found = useMemo(() => barCategories(frames, textOf(panel.options['xField']), scheme), [frames, panel, scheme]);
  if (found === null || found.categories.length === 0) return <NoValues panel={panel} />;
  const { frame, categories, fields } = found;
  const names = fields.map((field) => displayName(field, frame, frames));
  const palette = coloursOf(names, scheme);
  const stacking = textOf(panel.options['stacking']);
  const items = fields.map((field, i) => ({ key: names[i]!, name: names[i]!, colour: palette[i]!, stats: statsFor(field, look.calcs, scheme) }));
  const series = fields.flatMap((field, i) => {
    if (isolated !== null && !isolated.has(names[i]!)) return [];
    const limits = limitsOf(field, frames);
    const opacity = (numberOf(field.config.custom['fillOpacity']) ?? 80) / 100;
    return [
      {
        name: names[i]!,
        bars: field.values.map((value) => {
          const n = typeof value === 'number' && Number.isFinite(value) ? value : null;
          const colour = colourOf({ ...field.config, color: field.config.color ?? { mode: 'palette-classic', fixedColor: null, seriesBy: 'last' } }, n ?? NaN, limits.min, limits.max, scheme, palette[i]!) ?? palette[i]!;
          return { value: n, fill: faded(colour, highlighted === null || highlighted === names[i] ? opacity : 0.15), stroke: colour, text: n === null ? '' : shown(displayOf(field.config, n, scheme, limits)) };
        }),
      },
    ];
  });
  return (
    <PanelLegend items={items} look={look} width={width} height={height} isolated={isolated} onIsolate={setIsolated} onHighlight={setHighlighted}>
      {(w, h) => (
        <BarPlot
          width={w}
          height={h}
          categories={categories}
          series={series}
          stacked={stacking === 'normal' || stacking === 'percent'}
          percent={stacking === 'percent'}
          horizontal={textOf(panel.options['orientation']) === 'horizontal'}
          values={textOf(panel.options['showValue']) === 'always' || (textOf(panel.options['showValue']) !== 'never' && categories.length * series.length <= 24)}
          unit={fields[0]?.config.unit ?? null}
          decimals={fields[0]?.config.decimals ?? null}
          min={fields[0]?.config.min ?? null}
          max={fields[0]?.config.max ?? null}
          label={objectOf(fields[0]?.config.custom ?? {})['axisLabel'] === undefined ? '' : textOf(fields[0]!.config.custom['axisLabel'])}
          title={panel.title}
        />
      )}
    </PanelLegend>
  );
}
