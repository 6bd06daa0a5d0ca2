import { IconMinus, IconPlus } from '@tabler/icons-react';
import { useLayoutEffect, useState } from 'react';
import { CopyButton } from '../../controls/CopyButton';
import { shortTraceId } from '../../format/traceId';
import { LineContextView } from '../context/LineContextView';
import { RowLinks } from '../links/RowLinks';
import { parseLine, prettyLine, recordJson } from '../parse/fields';
import { asTraceId, isTraceKey } from '../parse/traceIds';
import { canFilterOn, parsedLabel } from '../query/logql';
import type { FieldPlace } from '../query/logql';
import type { LogRow } from '../query/lokiAnswer';
import type { RowActions } from './LogList';
import { TraceLink } from './TraceLink';
import classes from './Logs.module.css';

interface Field {
  name: string;
  label: string;
  value: string;
}

interface Props {
  row: LogRow;
  traceId: string | null;
  actions: RowActions;
  /** Told when the details have another height. */
  onGrow: () => void;
}

/** All that is known about a record, each field with what can be done about it. */
export function LogDetails({ row, traceId, actions, onGrow }: Props) {
  const [showsContext, setShowsContext] = useState(false);
  const [showsJson, setShowsJson] = useState(false);
  useLayoutEffect(onGrow, [showsContext, showsJson, onGrow]);
  const { format, fields } = parseLine(row.line);
  const known = (labels: Readonly<Record<string, string>>): Field[] =>
    Object.entries(labels).map(([name, value]) => ({ name, label: name, value }));
  return (
    <div className={classes.details}>
      <div className={classes.detailActions}>
        {traceId && (
          <TraceLink traceId={traceId}>
            Open trace <span className={classes.mono}>{shortTraceId(traceId)}…</span>
          </TraceLink>
        )}
        <RowLinks row={row} />
        <button type="button" aria-expanded={showsContext} onClick={() => setShowsContext(!showsContext)}>
          Lines around this one
        </button>
        <button type="button" aria-expanded={showsJson} onClick={() => setShowsJson(!showsJson)}>
          JSON
        </button>
        <CopyButton text={row.line} label="Copy line" />
        {showsJson && <CopyButton text={recordJson(row)} label="Copy the record as JSON" />}
        {format === 'json' && <CopyButton text={prettyLine(row.line)} label="Copy as indented JSON" />}
      </div>
      {showsContext && <LineContextView row={row} onGrow={onGrow} onOpen={() => actions.showContext(row)} />}
      {showsJson && (
        <pre className={classes.fullLine} tabIndex={0} aria-label="The record as JSON">
          {recordJson(row)}
        </pre>
      )}
      {format === 'text' && (row.line.includes('\n') || row.line.length > 120) && <pre className={classes.fullLine}>{row.line}</pre>}
      <div className={classes.fieldGroups}>
        {format !== 'text' && (
          <FieldTable
            title={`Fields of the line (${format})`}
            place={format}
            fields={fields.map((f) => ({ name: f.path, label: parsedLabel(f.label, row.stream), value: f.value }))}
            actions={actions}
          />
        )}
        <FieldTable title="Parsed by the query" place="parsed" fields={known(row.parsed)} actions={actions} />
        <FieldTable title="Structured metadata" place="metadata" fields={known(row.metadata)} actions={actions} />
        <FieldTable title="Stream labels" place="stream" fields={known(row.stream)} actions={actions} />
      </div>
    </div>
  );
}

function FieldTable({ title, place, fields, actions }: { title: string; place: FieldPlace; fields: Field[]; actions: RowActions }) {
  if (fields.length === 0) return null;
  return (
    <section className={classes.fieldGroup}>
      <h4>{title}</h4>
      <dl>
        {fields.map((field) => {
          const traceId = isTraceKey(field.name) ? asTraceId(field.value) : null;
          return (
            <div key={field.name} className={classes.field}>
              <span className={classes.fieldButtons}>
                {canFilterOn(place, field.value) && (
                  <>
                    <button
                      type="button"
                      title={`Only lines with ${field.label} = ${field.value}`}
                      aria-label={`Filter for ${field.label}`}
                      onClick={() => actions.filter(place, field.label, field.value, true)}
                    >
                      <IconPlus size={12} stroke={2} aria-hidden />
                    </button>
                    <button
                      type="button"
                      title={`Without lines with ${field.label} = ${field.value}`}
                      aria-label={`Filter out ${field.label}`}
                      onClick={() => actions.filter(place, field.label, field.value, false)}
                    >
                      <IconMinus size={12} stroke={2} aria-hidden />
                    </button>
                  </>
                )}
              </span>
              <dt title={field.name}>{field.name}</dt>
              <dd>{traceId ? <TraceLink traceId={traceId}>{field.value}</TraceLink> : field.value}</dd>
              <span className={classes.fieldCopy}>
                <CopyButton text={field.value} label="Copy" what={field.name} />
              </span>
            </div>
          );
        })}
      </dl>
    </section>
  );
}
