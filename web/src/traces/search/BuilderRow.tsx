import { SegmentedControl, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Field } from '../../query/builder/Field';
import { fetchTagValues } from '../traceApi';
import { AttributeFields } from './AttributeFields';
import { isDuration } from './builder';
import type { SpanBuilder } from './builder';
import classes from '../Traces.module.css';

interface Props {
  /** Null when the query in the editor says more than the builder can. */
  builder: SpanBuilder | null;
  startMs: number;
  endMs: number;
  onBuilder: (builder: SpanBuilder, andRun: boolean) => void;
  onReset: () => void;
}

/** The usual questions without writing TraceQL; what is chosen stands in the editor above. */
export function BuilderRow({ builder, startMs, endMs, onBuilder, onReset }: Props) {
  const values = (tag: string) => ({
    queryKey: ['trace-tag-values', tag, startMs, endMs],
    staleTime: 30_000,
    retry: false,
    queryFn: ({ signal }: { signal: AbortSignal }) => fetchTagValues(tag, startMs, endMs, signal),
  });
  const services = useQuery(values('resource.service.name'));
  const names = useQuery(values('name'));
  if (!builder) {
    return (
      <span className={classes.beyond}>
        This query says more than the builder can show.
        <button type="button" onClick={onReset}>
          Start over with the builder
        </button>
      </span>
    );
  }
  const texts = (data: { value: string }[] | undefined) => [...new Set((data ?? []).map((v) => v.value))];
  return (
    <div className={classes.builder}>
      <Field
        label="Service"
        value={builder.service}
        options={texts(services.data)}
        width={150}
        onCommit={(value) => onBuilder({ ...builder, service: value }, true)}
      />
      <Field
        label="Span name"
        value={builder.name}
        options={texts(names.data)}
        width={190}
        onCommit={(value) => onBuilder({ ...builder, name: value }, true)}
      />
      <SegmentedControl
        size="xs"
        aria-label="Status"
        value={builder.status}
        onChange={(status) => onBuilder({ ...builder, status: status as SpanBuilder['status'] }, true)}
        data={[
          { value: '', label: 'Any' },
          { value: 'error', label: 'Error' },
          { value: 'ok', label: 'Ok' },
        ]}
      />
      <Duration label="Min" value={builder.minDuration} onCommit={(value) => onBuilder({ ...builder, minDuration: value }, true)} />
      <Duration label="Max" value={builder.maxDuration} onCommit={(value) => onBuilder({ ...builder, maxDuration: value }, true)} />
      <AttributeFields attributes={builder.attributes} startMs={startMs} endMs={endMs} onChange={(attributes) => onBuilder({ ...builder, attributes }, true)} />
    </div>
  );
}

function Duration({ label, value, onCommit }: { label: string; value: string; onCommit: (value: string) => void }) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const commit = () => text !== value && isDuration(text) && onCommit(text.trim());
  return (
    <TextInput
      size="xs"
      w={92}
      aria-label={`${label} duration`}
      placeholder={label === 'Min' ? 'Min 100ms' : 'Max 2s'}
      value={text}
      error={!isDuration(text)}
      title={isDuration(text) ? `${label} duration of the span` : 'A number with a unit: us, ms, s, m, h'}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={commit}
      onKeyDown={(event) => event.key === 'Enter' && commit()}
    />
  );
}
