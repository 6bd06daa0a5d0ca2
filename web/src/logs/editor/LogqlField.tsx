import { useQueryClient } from '@tanstack/react-query';
import { useMemo, useRef } from 'react';
import type { Failure } from '../../editor/failureMark';
import { completionBy, QueryEditor } from '../../editor/QueryEditor';
import { selectorFor } from '../query/logql';
import { lokiLabelValues } from '../../api/loki';
import { labelNames } from '../query/lokiApi';
import { completeLogql } from './logqlCompletion';
import type { LabelSource } from './logqlCompletion';
import { logqlLanguage } from './logqlLanguage';

const STALE_MS = 30_000;

interface Props {
  value: string;
  onChange: (value: string) => void;
  onRun: () => void;
  startMs: number;
  endMs: number;
  failure: Failure | null;
  autoFocus: boolean;
}

export function LogqlField({ value, onChange, onRun, startMs, endMs, failure, autoFocus }: Props) {
  const queries = useQueryClient();
  const labels = useMemo<LabelSource>(
    () => ({
      names: () =>
        queries.fetchQuery({
          queryKey: ['log-labels', startMs, endMs],
          staleTime: STALE_MS,
          queryFn: ({ signal }) => labelNames(startMs, endMs, signal),
        }),
      values: (name, selector) =>
        queries.fetchQuery({
          queryKey: ['log-label-values', name, selector, startMs, endMs],
          staleTime: STALE_MS,
          queryFn: ({ signal }) => lokiLabelValues(name, { startMs, endMs, query: selector ?? undefined }, { signal }),
        }),
    }),
    [queries, startMs, endMs],
  );
  // The editor is made once; the range that completion looks at is not.
  const latest = useRef(labels);
  latest.current = labels;
  return (
    <QueryEditor
      value={value}
      onChange={onChange}
      onRun={onRun}
      language={() => ({ extension: [logqlLanguage.extension, completionBy((context) => completeLogql(context, latest.current, selectorFor))] })}
      failure={failure}
      placeholder='LogQL, such as {service_name="shop"} |= "error"'
      label="LogQL query"
      autoFocus={autoFocus}
    />
  );
}
