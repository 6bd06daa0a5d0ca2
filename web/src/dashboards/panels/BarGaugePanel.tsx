import { useMemo } from 'react';
import { useScheme } from '../../theme/useScheme';
import { continuousColours, faded } from '../look/colours';
import { colourOf, shown } from '../look/display';
import { textOf } from '../model/json';
import { NoValues } from './NoValues';
import type { PanelProps } from './panelProps';
import classes from './Panels.module.css';
import { shownValues } from './values';
import type { ShownValue } from './values';

const LAMP_PX = 7;

/** Values as bars beside one another: plain, of lamps, or with the colours of the whole scale. */
export default function BarGaugePanel({ panel, frames, width, height }: PanelProps) {
  const scheme = useScheme();
  const values = useMemo(() => shownValues(frames, panel.options, scheme), [frames, panel, scheme]);
  if (values.length === 0) return <NoValues panel={panel} />;
  const mode = textOf(panel.options['displayMode']) || 'gradient';
  const vertical = textOf(panel.options['orientation']) === 'vertical' || (textOf(panel.options['orientation']) === 'auto' && height > width);
  const several = values.length > 1;
  if (vertical) {
    return (
      <div className={classes.columns} style={{ height }}>
        {values.map((value, i) => (
          <div key={i} className={classes.column} title={`${value.name}: ${shown(value.display)}`}>
            <b style={{ color: value.display.colour ?? undefined }}>{shown(value.display)}</b>
            <div className={classes.track}>
              <div style={{ height: `${value.display.share * 100}%`, ...barLook(value, mode) }} />
            </div>
            {several && <span>{value.name}</span>}
          </div>
        ))}
      </div>
    );
  }
  const rowHeight = Math.max(20, Math.min(34, height / values.length));
  const longest = Math.max(...values.map((value) => value.name.length));
  const above = several && (textOf(panel.options['namePlacement']) === 'top' || width < 260);
  const nameWidth = several && !above ? Math.min(width * 0.45, longest * 6.6 + 8) : 0;
  const valueWidth = Math.min(width * 0.4, Math.max(...values.map((value) => shown(value.display).length)) * 8 + 10);
  return (
    <div className={classes.bars}>
      {values.map((value, i) => (
        <div key={i} className={classes.barRow} data-above={above} style={{ minHeight: rowHeight }} title={value.name}>
          {several && (
            <span className={classes.barName} style={above ? undefined : { width: nameWidth }}>
              {value.name}
            </span>
          )}
          <div className={classes.barTrack}>
            {mode === 'lcd' ? (
              <Lamps value={value} width={Math.max(40, width - nameWidth - valueWidth - 16)} />
            ) : (
              <div className={classes.barRest}>
                <div style={{ width: `${value.display.share * 100}%`, ...barLook(value, mode) }} />
              </div>
            )}
            <b style={{ width: valueWidth, color: value.display.colour ?? undefined }}>{shown(value.display)}</b>
          </div>
        </div>
      ))}
    </div>
  );
}

function barLook(value: ShownValue, mode: string) {
  const colour = value.display.colour ?? 'var(--accent)';
  if (mode !== 'gradient') return { background: faded(colour, 0.45), boxShadow: `inset -2px 0 0 ${colour}` };
  return { background: `linear-gradient(to right, ${faded(colour, 0.35)}, ${colour})` };
}

/** A row of lamps, lit up to the value, each in the colour of its own place. */
function Lamps({ value, width }: { value: ShownValue; width: number }) {
  const scheme = useScheme();
  const { limits, field, display } = value;
  const count = Math.max(6, Math.floor(width / LAMP_PX));
  const own = continuousColours(field.config.color?.mode ?? '', scheme) === null && (field.config.color?.mode ?? 'thresholds') !== 'thresholds';
  return (
    <div className={classes.lamps} aria-hidden>
      {Array.from({ length: count }, (_, i) => {
        const at = limits.min + ((i + 0.5) / count) * (limits.max - limits.min);
        const colour = own ? (display.colour ?? 'var(--accent)') : (colourOf(field.config, at, limits.min, limits.max, scheme, display.colour) ?? 'var(--accent)');
        return <i key={i} style={{ background: (i + 0.5) / count <= display.share ? colour : faded(colour, 0.16) }} />;
      })}
    </div>
  );
}
