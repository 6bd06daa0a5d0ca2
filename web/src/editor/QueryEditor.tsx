import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, startCompletion } from '@codemirror/autocomplete';
import type { CompletionSource } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { bracketMatching, syntaxHighlighting } from '@codemirror/language';
import { EditorState, Prec } from '@codemirror/state';
import type { Extension } from '@codemirror/state';
import { EditorView, keymap, placeholder as placeholderText, tooltips } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import classes from './QueryEditor.module.css';
import { editorTheme, queryColours } from './editorTheme';
import { failureMark, setFailure } from './failureMark';
import type { Failure } from './failureMark';

/** What an editor knows of its language: grammar and completion. */
export interface EditorLanguage {
  extension: Extension;
  /** Called when the editor goes. */
  dispose?: () => void;
}

export interface QueryEditorProps {
  value: string;
  onChange: (value: string) => void;
  /** Ctrl/Cmd+Enter or Shift+Enter. */
  onRun: () => void;
  /** Asked once, when the editor is made. */
  language: () => EditorLanguage;
  /** Where the server found an error, and which. */
  failure: Failure | null;
  placeholder: string;
  /** The editor's name for screen readers. */
  label: string;
  autoFocus?: boolean;
}

/** The one query editor, of one to many lines: it grows with its text up to a third of the window. What the server refused is underlined. */
export function QueryEditor({ value, onChange, onRun, language, failure, placeholder, label, autoFocus = false }: QueryEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef({ onChange, onRun });
  latest.current = { onChange, onRun };

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
    const { extension, dispose } = language();
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
          extension,
          syntaxHighlighting(queryColours),
          failureMark,
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false', autocapitalize: 'off', autocorrect: 'off' }),
          placeholderText(placeholder),
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
      dispose?.();
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

  return <div ref={host} className={classes.editor} />;
}

/** Completion from a source of our own. An opening quote or brace asks for values or labels at once. */
export function completionBy(source: CompletionSource): Extension {
  return [
    autocompletion({ override: [source] }),
    EditorView.updateListener.of((update) => {
      if (!update.docChanged || !update.transactions.some((t) => t.isUserEvent('input.type'))) return;
      const { head } = update.state.selection.main;
      if (/["{,(]/.test(update.state.sliceDoc(head - 1, head))) startCompletion(update.view);
    }),
  ];
}
