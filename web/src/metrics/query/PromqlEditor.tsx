import { PromQLExtension } from '@prometheus-io/codemirror-promql';
import { useRef } from 'react';
import type { Failure } from '../../editor/failureMark';
import { QueryEditor } from '../../editor/QueryEditor';
import type { EditorLanguage } from '../../editor/QueryEditor';
import { CompletionClient } from './completionClient';

export interface PromqlEditorProps {
  value: string;
  onChange: (value: string) => void;
  onRun: () => void;
  failure: Failure | null;
  /** What completion looks at. */
  range: { startMs: number; endMs: number };
  label: string;
  autoFocus: boolean;
}

/** The PromQL editor: completion from the server. */
export default function PromqlEditor({ range, ...editor }: PromqlEditorProps) {
  const latest = useRef(range);
  latest.current = range;
  const language = (): EditorLanguage => {
    const promql = new PromQLExtension().setComplete({ remote: new CompletionClient(() => latest.current) });
    return { extension: promql.asExtension(), dispose: () => promql.destroy() };
  };
  return <QueryEditor {...editor} language={language} placeholder="PromQL, such as rate(http_requests_total[5m])" />;
}
