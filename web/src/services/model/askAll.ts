import { queryInstant } from '../../api/prometheus';
import type { VectorSample } from '../../api/prometheus';

/** Asks several PromQL questions about one moment at once. One that fails fails all: half an answer would read as a whole one. */
export async function askAll<K extends string>(questions: Readonly<Record<K, string>>, timeMs: number, signal: AbortSignal): Promise<Record<K, VectorSample[]>> {
  const names = Object.keys(questions) as K[];
  const answers = await Promise.all(names.map((name) => queryInstant(questions[name], timeMs, { signal })));
  return Object.fromEntries(names.map((name, i) => [name, vectorOf(answers[i]!.data)])) as Record<K, VectorSample[]>;
}

function vectorOf(data: Awaited<ReturnType<typeof queryInstant>>['data']): VectorSample[] {
  return data.resultType === 'vector' ? data.result : [];
}

/** A range in whole seconds as PromQL writes a window. */
export function wholeRange({ startMs, endMs }: { startMs: number; endMs: number }): string {
  return `${Math.max(60, Math.round((endMs - startMs) / 1000))}s`;
}
