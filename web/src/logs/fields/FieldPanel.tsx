import { IconChevronDown, IconChevronRight, IconMinus, IconPlus } from '@tabler/icons-react';
import { useDeferredValue, useMemo, useState } from 'react';
import controls from '../../controls/Controls.module.css';
import { formatCount, formatPercent } from '../../format/number';
import { canFilterOn } from '../query/logql';
import type { FieldPlace } from '../query/logql';
import type { LogRow } from '../query/lokiAnswer';
import classes from './FieldPanel.module.css';
import { fieldStatistics, isWholeValue } from './fieldStatistics';
import type { FieldStatistic } from './fieldStatistics';

const PLACES: Readonly<Record<FieldPlace, string>> = { stream: 'Stream labels', metadata: 'Structured metadata', parsed: 'Parsed by the query', json: 'In the lines (JSON)', logfmt: 'In the lines (logfmt)' };

interface Props {
  rows: readonly LogRow[];
  /** Changes when rows are added, for the array stays the same. */
  version: number;
  onFilter: (place: FieldPlace, label: string, value: string, isWanted: boolean) => void;
}

/** The fields of the lines at hand, each with its most frequent values, their shares, and a click to filter by them. */
export function FieldPanel({ rows, version, onFilter }: Props) {
  const [search, setSearch] = useState('');
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const counted = useDeferredValue(version);
  // `counted` stands for the rows, which grow in place.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const { fields, lineCount } = useMemo(() => fieldStatistics(rows), [rows, counted]);
  const wanted = search.trim().toLowerCase();
  const shown = fields.filter(({ name }) => name.toLowerCase().includes(wanted));
  const toggle = (key: string) =>
    setOpen((before) => {
      const after = new Set(before);
      if (!after.delete(key)) after.add(key);
      return after;
    });
  return (
    <aside className={classes.panel} aria-label="Fields">
      <div className={classes.head}>
        <input type="search" className={controls.input} value={search} placeholder="Find a field" aria-label="Find a field" onChange={(event) => setSearch(event.currentTarget.value)} />
        <span className={`num ${classes.note}`}>
          {formatCount(shown.length)} fields in {rows.length > lineCount ? `the first ${formatCount(lineCount)}` : formatCount(lineCount)} loaded lines
        </span>
      </div>
      <ul className={classes.list}>
        {shown.map((field, index) => {
          const key = `${field.place} ${field.label}`;
          return (
            <li key={key}>
              {field.place !== shown[index - 1]?.place && <h4>{PLACES[field.place]}</h4>}
              <button type="button" className={classes.field} aria-expanded={open.has(key)} onClick={() => toggle(key)} title={field.name}>
                {open.has(key) ? <IconChevronDown size={12} stroke={2} aria-hidden /> : <IconChevronRight size={12} stroke={2} aria-hidden />}
                <span className="mono ellipsis">{field.name}</span>
                <span className="num dimmed" title={`${formatCount(field.lineCount)} lines have it, with ${field.hasMore ? 'more than ' : ''}${formatCount(field.valueCount)} different values`}>
                  {field.hasMore ? `${formatCount(field.valueCount)}+` : formatCount(field.valueCount)} · {formatPercent(field.lineCount / lineCount, 2)}
                </span>
              </button>
              {open.has(key) && <Values field={field} onFilter={onFilter} />}
            </li>
          );
        })}
        {shown.length === 0 && <li className={classes.note}>{fields.length === 0 ? 'No lines to count.' : `No field is called “${search}”.`}</li>}
      </ul>
    </aside>
  );
}

function Values({ field, onFilter }: { field: FieldStatistic; onFilter: Props['onFilter'] }) {
  const rest = field.lineCount - field.top.reduce((sum, { count }) => sum + count, 0);
  return (
    <ol className={classes.values}>
      {field.top.map(({ value, count }) => {
        const share = count / field.lineCount;
        return (
          <li key={value}>
            <span className={classes.bar} style={{ width: `${share * 100}%` }} aria-hidden />
            <span className={`mono ellipsis ${classes.value}`} title={value}>
              {value === '' ? <i>empty</i> : value}
            </span>
            <span className={`num ${classes.share}`} title={`${formatCount(count)} of ${formatCount(field.lineCount)} lines`}>
              {formatPercent(share, 2)}
            </span>
            {isWholeValue(value) && canFilterOn(field.place, value) && (
              <>
                <button type="button" aria-label={`Only lines with ${field.label} = ${value}`} title="Only these" onClick={() => onFilter(field.place, field.label, value, true)}>
                  <IconPlus size={12} stroke={2} aria-hidden />
                </button>
                <button type="button" aria-label={`Without lines with ${field.label} = ${value}`} title="Without these" onClick={() => onFilter(field.place, field.label, value, false)}>
                  <IconMinus size={12} stroke={2} aria-hidden />
                </button>
              </>
            )}
          </li>
        );
      })}
      {rest > 0 && <li className={classes.note}>{formatPercent(rest / field.lineCount, 2)} have other values</li>}
    </ol>
  );
}
