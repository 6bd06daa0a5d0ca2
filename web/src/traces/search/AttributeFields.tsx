import { IconPlus, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import controls from '../../controls/Controls.module.css';
import classes from '../../query/builder/Builder.module.css';
import { Field } from '../../query/builder/Field';
import { fetchTags, fetchTagValues } from '../traceApi';
import { ATTRIBUTE_OPS, isAttributeName, isTextValue, isWholeAttribute } from './builder';
import type { Attribute, AttributeOp } from './builder';

interface Props {
  attributes: readonly Attribute[];
  startMs: number;
  endMs: number;
  onChange: (attributes: readonly Attribute[]) => void;
}

const NEW: Attribute = { name: '', op: '=', value: '', isText: true };

/** Conditions on attributes of the span and of what sent it. One without a name or a value is not in the query yet. */
export function AttributeFields({ attributes, startMs, endMs, onChange }: Props) {
  const [drafts, setDrafts] = useState<readonly Attribute[]>([]);
  const all = [...attributes, ...drafts];
  const change = (index: number, next: Attribute | null) => {
    if (index >= attributes.length) {
      const draft = index - attributes.length;
      if (next !== null && isWholeAttribute(next)) onChange([...attributes, next]);
      setDrafts(drafts.flatMap((one, i) => (i !== draft ? [one] : next === null || isWholeAttribute(next) ? [] : [next])));
      return;
    }
    // One that is whole no more leaves the query, but not the page.
    if (next !== null && !isWholeAttribute(next)) setDrafts([...drafts, next]);
    onChange(attributes.flatMap((one, i) => (i !== index ? [one] : next === null || !isWholeAttribute(next) ? [] : [next])));
  };
  return (
    <>
      {all.map((attribute, index) => (
        <AttributeRow key={index} attribute={attribute} startMs={startMs} endMs={endMs} onChange={(next) => change(index, next)} />
      ))}
      <button type="button" className={controls.button} onClick={() => setDrafts([...drafts, NEW])}>
        <IconPlus size={14} stroke={1.8} aria-hidden /> Attribute
      </button>
    </>
  );
}

function AttributeRow({ attribute, startMs, endMs, onChange }: { attribute: Attribute; startMs: number; endMs: number; onChange: (next: Attribute | null) => void }) {
  const { name, op, value, isText } = attribute;
  const [isNaming, setNaming] = useState(false);
  const [isValuing, setValuing] = useState(false);
  const names = useQuery({ queryKey: ['trace-tags', startMs, endMs], enabled: isNaming, staleTime: 30_000, retry: false, queryFn: ({ signal }) => fetchTags(startMs, endMs, signal) });
  const values = useQuery({ queryKey: ['trace-tag-values', name, startMs, endMs], enabled: isValuing && isAttributeName(name), staleTime: 30_000, retry: false, queryFn: ({ signal }) => fetchTagValues(name, startMs, endMs, signal) });
  const known = values.data ?? [];
  const typeOf = (text: string) => known.find((one) => one.value === text)?.type;
  return (
    <span className={classes.group} title={names.error?.message ?? values.error?.message}>
      <Field label="Attribute" value={name} options={(names.data ?? []).filter(isAttributeName)} width={190} placeholder="span.http.route" isWrong={name !== '' && !isAttributeName(name)} onOpen={() => setNaming(true)} onCommit={(next) => onChange({ ...attribute, name: next.trim() })} />
      <select className={controls.select} aria-label={`Comparison of ${name || 'the attribute'}`} value={op} onChange={(event) => onChange({ ...attribute, op: event.currentTarget.value as AttributeOp, isText: isText || isTextValue(value, event.currentTarget.value as AttributeOp) })}>
        {ATTRIBUTE_OPS.map((one) => (
          <option key={one} value={one}>
            {one}
          </option>
        ))}
      </select>
      <Field
        label={name === '' ? 'Value' : `Value of ${name}`}
        placeholder="Value"
        value={value}
        options={known.map((one) => one.value)}
        width={140}
        onOpen={() => setValuing(true)}
        onCommit={(next) => onChange({ ...attribute, value: next, isText: typeOf(next) === 'string' || isTextValue(next, op) })}
      />
      <button type="button" className={classes.remove} aria-label={`Remove the condition on ${name || 'nothing'}`} onClick={() => onChange(null)}>
        <IconX size={12} stroke={2} aria-hidden />
      </button>
    </span>
  );
}
