import { useQueryClient } from '@tanstack/react-query';
import { useMemo, useRef } from 'react';
import type { Failure } from '../../editor/failureMark';
import { completionBy, QueryEditor } from '../../editor/QueryEditor';
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
  failure: Failure | null;
}

export function TraceqlField({ value, onChange, onRun, startMs, endMs, failure }: Props) {
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
  // The editor is made once; the range that completion looks at is not.
  const latest = useRef(source);
  latest.current = source;
  return (
    <QueryEditor
      value={value}
      onChange={onChange}
      onRun={onRun}
      language={() => ({ extension: [traceqlLanguage.extension, completionBy((context) => completeTraceql(context, latest.current))] })}
      failure={failure}
      placeholder="TraceQL, such as { status = error && duration > 100ms }"
      label="TraceQL query"
    />
  );
}
