import { useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { CodeField } from '../../logs/editor/CodeField';
import { fetchTagValues, fetchTags } from '../traceApi';
import { completeTraceql } from './traceqlCompletion';
import type { TagSource } from './traceqlCompletion';
import { traceqlLanguage } from './traceqlLanguage';

const STALE_MS = 30_000;

interface Props {
  value: string;
  onChange: (value: string) => void;
  onRun: () => void;
  startMs: number;
  endMs: number;
}

export function TraceqlField({ value, onChange, onRun, startMs, endMs }: Props) {
  const queries = useQueryClient();
  const source = useMemo<TagSource>(
    () => ({
      tags: () =>
        queries.fetchQuery({
          queryKey: ['trace-tags', startMs, endMs],
          staleTime: STALE_MS,
          queryFn: ({ signal }) => fetchTags(startMs, endMs, signal),
        }),
      values: (tag) =>
        queries.fetchQuery({
          queryKey: ['trace-tag-values', tag, startMs, endMs],
          staleTime: STALE_MS,
          queryFn: ({ signal }) => fetchTagValues(tag, startMs, endMs, signal),
        }),
    }),
    [queries, startMs, endMs],
  );
  return (
    <CodeField
      value={value}
      onChange={onChange}
      onRun={onRun}
      language={traceqlLanguage.extension}
      complete={(context) => completeTraceql(context, source)}
      placeholder="{ status = error && duration > 100ms }      Ctrl+Enter searches"
      ariaLabel="TraceQL query"
    />
  );
}
