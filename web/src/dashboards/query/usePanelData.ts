import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { withConfig } from '../frames/applyConfig';
import type { DataFrame } from '../frames/frame';
import { transformed } from '../frames/transform/transform';
import type { Panel } from '../model/panel';
import type { Scope } from '../variables/interpolate';
import { ask } from './ask';
import { evaluate } from './expressions/evaluate';
import type { Questions } from './targets';

export interface PanelData {
  /** With the panel's transformations and configuration. */
  frames: DataFrame[];
  /** As they came. */
  raw: DataFrame[];
  warnings: string[];
  elapsedMs: number;
  startMs: number;
  endMs: number;
}

interface Fetched {
  frames: DataFrame[];
  warnings: string[];
  elapsedMs: number;
  startMs: number;
  endMs: number;
}

/**
 * The data of a panel. It asks only while `enabled` (in view); what was there before stays until the new is. `tick` counts
 * refreshes.
 */
export function usePanelData(panel: Panel, { questions, expressions, hidden }: Questions, scope: Scope, range: { startMs: number; endMs: number }, tick: number, enabled: boolean) {
  const query = useQuery({
    queryKey: ['dashboard-panel', questions, expressions, hidden, tick],
    enabled: enabled && questions.length > 0,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }): Promise<Fetched> => {
      const began = performance.now();
      const tables = questions.filter((question) => question.source === 'prometheus' && question.format === 'table').length;
      const answers = await Promise.all(questions.map((question) => ask(question, tables > 1, signal)));
      const byRefId = new Map(questions.map((question, i) => [question.refId, answers[i]!.frames]));
      const worked = expressions.length === 0 ? { frames: [], problems: [] } : evaluate(expressions, byRefId, range);
      return {
        frames: [...answers.flatMap((answer, i) => (hidden.includes(questions[i]!.refId) ? [] : answer.frames)), ...worked.frames],
        warnings: [...new Set([...answers.flatMap((answer) => answer.warnings), ...worked.problems])],
        elapsedMs: performance.now() - began,
        startMs: range.startMs,
        endMs: range.endMs,
      };
    },
  });
  const { data: fetched } = query;
  const data = useMemo<PanelData | undefined>(() => {
    if (fetched === undefined) return undefined;
    const made = transformed(fetched.frames, panel.transformations, scope);
    const warnings = made.unknown.length === 0 ? fetched.warnings : [...fetched.warnings, `Transformations that are not supported were left out: ${made.unknown.join(', ')}.`];
    return { ...fetched, frames: withConfig(made.frames, panel.fieldConfig), raw: fetched.frames, warnings };
  }, [fetched, panel, scope]);
  return { ...query, data };
}
