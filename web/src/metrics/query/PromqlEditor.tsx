import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { bracketMatching, syntaxHighlighting } from '@codemirror/language';
import { EditorState, Prec } from '@codemirror/state';
import { EditorView, keymap, placeholder, tooltips } from '@codemirror/view';
import { PromQLExtension } from '@prometheus-io/codemirror-promql';
import { useEffect, useRef } from 'react';
import { editorTheme, queryColours } from '../../editor/editorTheme';
import { CompletionClient } from './completionClient';
import { failureMark, setFailure } from './failureMark';
import type { Failure } from './failureMark';

export interface PromqlEditorProps {
  value: string;
  onChange: (value: string) => void;
  /** Ctrl/Cmd+Enter or Shift+Enter. */
  onRun: () => void;
  /** Where the server found an error, and which. */
  failure: Failure | null;
  /** What completion looks at. */
  range: { startMs: number; endMs: number };
  label: string;
  autoFocus: boolean;
}

/** The PromQL editor: completion from the server, errors underlined. One to many lines. */
export default function PromqlEditor({ value, onChange, onRun, failure, range, label, autoFocus }: PromqlEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef({ onChange, onRun, range });
  latest.current = { onChange, onRun, range };

  useEffect(() => {
    const run = () => {
      latest.current.onRun();
      return true;
    };
    // After Esc the page's own keys work again.
    const leave = (editor: EditorView) => {
      editor.contentDOM.blur();
      return true;
    };
    const promql = new PromQLExtension().setComplete({ remote: new CompletionClient(() => latest.current.range) });
    const editor = new EditorView({
      parent: host.current!,
      state: EditorState.create({
        doc: value,
        extensions: [
          Prec.highest(
            keymap.of([
              { key: 'Mod-Enter', run },
              { key: 'Shift-Enter', run },
            ]),
          ),
          keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap, { key: 'Escape', run: leave }]),
          history(),
          closeBrackets(),
          bracketMatching(),
          autocompletion({ icons: false, activateOnTypingDelay: 50 }),
          promql.asExtension(),
          syntaxHighlighting(queryColours),
          failureMark,
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false', autocapitalize: 'off', autocorrect: 'off' }),
          placeholder('PromQL, such as rate(http_requests_total[5m])'),
          editorTheme,
          // The panel around the editor cuts off what overflows it.
          tooltips({ parent: document.body, position: 'fixed' }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onChange(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
    if (autoFocus) editor.focus();
    return () => {
      editor.destroy();
      promql.destroy();
    };
    // Made once; what changes later goes through `latest` and the effects below.
  }, []);

  useEffect(() => {
    const editor = view.current;
    if (editor && editor.state.doc.toString() !== value) {
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value }, selection: { anchor: value.length } });
    }
  }, [value]);

  useEffect(() => {
    view.current?.dispatch({ effects: setFailure.of(failure) });
  }, [failure]);

  return <div ref={host} />;
}
