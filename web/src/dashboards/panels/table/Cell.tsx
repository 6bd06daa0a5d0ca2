import { Link } from '@tanstack/react-router';
import { Sparkline } from '../../../charts/Sparkline';
import type { Scheme } from '../../../theme/useScheme';
import type { DataFrame } from '../../frames/frame';
import { faded, textOn } from '../../look/colours';
import { displayOf, shown } from '../../look/display';
import { fieldText } from '../../frames/names';
import { textOf } from '../../model/json';
import { interpolate } from '../../variables/interpolate';
import type { Scope } from '../../variables/interpolate';
import { single } from '../../variables/scope';
import { safeHref } from '../safeHref';
import { timeConfig } from './columns';
import type { Column } from './columns';
import { isFrameValue } from './frameValue';
import classes from './Table.module.css';

interface Props {
  column: Column;
  row: number;
  frame: DataFrame;
  scheme: Scheme;
  scope: Scope;
  rowPx: number;
}

export function Cell({ column, row, frame, scheme, scope, rowPx }: Props) {
  const { field, align, kind, limits } = column;
  const value = field.values[row];
  if (isFrameValue(value)) return <TrendCell value={value} column={column} scheme={scheme} rowPx={rowPx} />;
  const display = displayOf(timeConfig(field), value, scheme, limits, column.colour);
  const text = shown(display);
  const colour = display.colour === 'transparent' ? null : display.colour;
  if (kind === 'gauge') {
    return (
      <div role="cell" data-align={align} className={classes.gauge} title={text}>
        <i>
          <b style={{ width: `${display.share * 100}%`, background: colour ?? 'var(--accent)' }} />
        </i>
        {textOf(column.cell['valueDisplayMode']) !== 'hidden' && <span style={{ color: colour ?? undefined }}>{text}</span>}
      </div>
    );
  }
  // A base colour that says "all is well" would paint every cell: only cells of a coloured kind are painted.
  const style =
    kind === 'color-background' && colour !== null && value !== null && value !== undefined ? { background: textOf(column.cell['mode']) === 'gradient' ? `linear-gradient(120deg, ${colour}, ${faded(colour, 0.75)})` : colour, color: textOn(colour) }
    : kind === 'color-text' && colour !== null ? { color: colour }
    : undefined;
  const link = field.config.links[0];
  return (
    <div role="cell" data-align={align} className={field.type === 'number' ? 'num' : undefined} style={style} title={text}>
      {link !== undefined && link.url !== '' ? <DataLink url={rowLink(link.url, column, row, frame, scope)} blank={link.targetBlank} text={text} /> : isTraceId(field.name, value) ? <TraceLink id={String(value)} /> : text}
    </div>
  );
}

const isTraceId = (name: string, value: unknown) => /^trace[\s_-]?id$/i.test(name) && typeof value === 'string' && /^[0-9a-f]{16,32}$/i.test(value);

function TraceLink({ id }: { id: string }) {
  return (
    <Link to="/trace/$traceId" params={{ traceId: id }} search={{}} className={classes.link}>
      {id}
    </Link>
  );
}

function DataLink({ url, blank, text }: { url: string | null; blank: boolean; text: string }) {
  if (url === null) return <>{text}</>;
  return (
    <a href={url} className={classes.link} {...(blank ? { target: '_blank', rel: 'noopener noreferrer' } : {})}>
      {text === '' ? url : text}
    </a>
  );
}

/** A link's address with what stands in its row: `${__value.raw}`, `${__data.fields.name}`, `${__field.labels.x}`. */
function rowLink(url: string, column: Column, row: number, frame: DataFrame, scope: Scope): string | null {
  const raw = String(column.field.values[row] ?? '');
  const fields: Record<string, string> = {};
  frame.fields.forEach((field, i) => {
    const value = String(field.values[row] ?? '');
    for (const name of [field.name, field.config.displayName ?? field.name, String(i)]) {
      fields[`fields.${name}`] = value;
      fields[`fields["${name}"]`] = value;
    }
  });
  const withRow: Scope = (name) => {
    if (name === '__value') return { ...single(raw), fields: { raw, text: raw, numeric: raw } };
    if (name === '__data') return { ...single(''), fields };
    return scope(name);
  };
  const filled = interpolate(url, (name) => withRow(name), 'percentencode');
  return safeHref(fieldText(filled, column.field, frame, [frame], scope));
}

function TrendCell({ value, column, scheme, rowPx }: { value: { fields: DataFrame['fields']; value: unknown }; column: Column; scheme: Scheme; rowPx: number }) {
  const values = (value.fields[1]?.values ?? []).map((one) => (typeof one === 'number' && Number.isFinite(one) ? one : null));
  const config = { ...column.field.config };
  const text = textOf(column.cell['hideValue']) === 'true' || value.value === null ? '' : shown(displayOf(config, value.value, scheme, column.limits));
  return (
    <div role="cell" className={classes.trend} title={text}>
      <Sparkline values={values} width={90} height={rowPx - 8} colour={column.colour} />
      <span className="num">{text}</span>
    </div>
  );
}
