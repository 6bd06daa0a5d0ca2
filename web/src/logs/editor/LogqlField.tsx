import { useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { selectorFor } from '../query/logql';
import { lokiLabelValues } from '../../api/loki';
import { labelNames } from '../query/lokiApi';
import { CodeField } from './CodeField';
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
}

export function LogqlField({ value, onChange, onRun, startMs, endMs }: Props) {
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
  return (
    <CodeField
      value={value}
      onChange={onChange}
      onRun={onRun}
      language={logqlLanguage.extension}
      complete={(context) => completeLogql(context, labels, selectorFor)}
      placeholder='{service_name="…"} |= "text"      Ctrl+Enter runs'
      ariaLabel="LogQL query"
    />
  );
}
