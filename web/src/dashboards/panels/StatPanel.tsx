import { useMemo } from 'react';
import { Sparkline } from '../../charts/Sparkline';
import { useScheme } from '../../theme/useScheme';
import { faded, textOn } from '../look/colours';
import { flagOf, textOf } from '../model/json';
import { reduceValues } from '../frames/reduce';
import { formatUnit } from '../look/units';
import { NoValues } from './NoValues';
import type { PanelProps } from './panelProps';
import classes from './Panels.module.css';
import { shownValues } from './values';
import type { ShownValue } from './values';

const GAP_PX = 6;

/** Columns and rows that give each of the values the most room. */
export function tiles(count: number, width: number, height: number, orientation: string): { columns: number; rows: number } {
  if (orientation === 'horizontal') return { columns: 1, rows: count };
  if (orientation === 'vertical') return { columns: count, rows: 1 };
  let best = { columns: 1, rows: count, score: 0 };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    // A tile reads best at about twice as wide as high.
    const score = Math.min(width / columns / 2.2, height / rows) * (rows * columns === count ? 1 : 0.92);
    if (score > best.score) best = { columns, rows, score };
  }
  return best;
}

/** Large numbers, each with the line that it comes from. */
export default function StatPanel({ panel, frames, width, height }: PanelProps) {
  const scheme = useScheme();
  const { options } = panel;
  const values = useMemo(() => shownValues(frames, options, scheme), [frames, options, scheme]);
  if (values.length === 0) return <NoValues panel={panel} />;
  const orientation = textOf(options['orientation']) || 'auto';
  // In Grafana "horizontal" lays the tiles beside one another only where they are stacked; narrow ones always wrap.
  const { columns, rows } = tiles(values.length, width, height, orientation === 'auto' || values.length === 1 ? 'auto' : orientation);
  const tileWidth = (width - GAP_PX * (columns - 1)) / columns;
  const tileHeight = (height - GAP_PX * (rows - 1)) / rows;
  return (
    <div className={classes.tiles} style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`, gridAutoRows: `${Math.max(24, tileHeight)}px` }}>
      {values.map((value, i) => (
        <Tile key={i} value={value} several={values.length > 1} width={tileWidth} height={tileHeight} options={options} />
      ))}
    </div>
  );
}

function Tile({ value, several, width, height, options }: { value: ShownValue; several: boolean; width: number; height: number; options: PanelProps['panel']['options'] }) {
  const { display } = value;
  const mode = textOf(options['colorMode']) || 'value';
  const textMode = textOf(options['textMode']) || 'auto';
  const showName = textMode === 'name' || textMode === 'value_and_name' || (textMode === 'auto' && several);
  const showValue = textMode !== 'name' && textMode !== 'none';
  const graph = textOf(options['graphMode']) === 'area' && value.series.length > 2 && height > 50;
  const background = mode.startsWith('background') && display.colour !== null && display.colour !== 'transparent' ? display.colour : null;
  const colour = background !== null ? textOn(background) : mode === 'none' || display.colour === 'transparent' ? 'inherit' : (display.colour ?? 'inherit');
  const main = showValue ? `${textOf(options['prefix'])}${display.prefix}${display.text}` : value.name;
  const suffix = showValue ? `${display.suffix}${textOf(options['postfix'])}` : '';
  const room = graph ? height * 0.62 : height;
  const nameHeight = showName && showValue ? Math.min(18, room * 0.3) : 0;
  const size = fit(main.length + (suffix === '' ? 0 : suffix.length * 0.65 + 0.3), width - 16, (room - nameHeight) * 0.72);
  const left = textOf(options['justifyMode']) === 'auto' || textOf(options['justifyMode']) === '' ? several : false;
  const change = flagOf(options['showPercentChange']) ? percentChange(value) : null;
  return (
    <div className={classes.tile} data-left={left} style={background === null ? undefined : { background, color: textOn(background) }} title={value.name}>
      {showName && showValue && (
        <span className={classes.tileName} style={{ fontSize: Math.max(11, Math.min(14, nameHeight * 0.8)) }}>
          {value.name}
        </span>
      )}
      <span className={classes.tileValue} style={{ fontSize: size, color: colour }}>
        {main}
        {suffix !== '' && <small style={/^[%°]/.test(suffix) ? { marginLeft: 0 } : undefined}>{suffix}</small>}
      </span>
      {change !== null && <span className={classes.tileChange}>{change}</span>}
      {graph && (
        <div className={classes.tileGraph} aria-hidden>
          <Sparkline values={value.series} width={Math.max(20, width)} height={Math.max(12, height * 0.34)} colour={background !== null ? faded(textOn(background), 0.55) : (display.colour ?? 'var(--accent)')} />
        </div>
      )}
    </div>
  );
}

/** The largest size at which a text of this length fits. */
export function fit(letters: number, width: number, height: number): number {
  return Math.max(9, Math.min(64, height, width / Math.max(1, letters) / 0.66));
}

function percentChange({ series }: ShownValue): string | null {
  const part = reduceValues(series, 'diffperc');
  if (typeof part !== 'number') return null;
  const { text } = formatUnit(part * 100, 'percent', 1);
  return `${part > 0 ? '▲ +' : part < 0 ? '▼ ' : ''}${text}%`;
}
