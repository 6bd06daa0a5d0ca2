import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, startCompletion } from '@codemirror/autocomplete';
import type { CompletionSource } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { HighlightStyle, bracketMatching, syntaxHighlighting } from '@codemirror/language';
import { Compartment, EditorState, Prec } from '@codemirror/state';
import type { Extension } from '@codemirror/state';
import { EditorView, keymap, placeholder as placeholderText } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useEffect, useRef } from 'react';

interface Props {
  value: string;
  onChange: (value: string) => void;
  /** Ctrl/Cmd+Enter or Shift+Enter. */
  onRun: () => void;
  language: Extension;
  complete: CompletionSource;
  placeholder: string;
  ariaLabel: string;
}

/** A query editor of one to many lines. Grows with its text up to a third of the window. */
export function CodeField({ value, onChange, onRun, language, complete, placeholder, ariaLabel }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef({ onChange, onRun, complete });
  latest.current = { onChange, onRun, complete };
  const languageSlot = useRef(new Compartment());

  useEffect(() => {
    const run = () => {
      latest.current.onRun();
      return true;
    };
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
          keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap]),
          history(),
          closeBrackets(),
          bracketMatching(),
          autocompletion({ override: [(context) => latest.current.complete(context)], icons: false }),
          languageSlot.current.of(language),
          syntaxHighlighting(queryColours),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ 'aria-label': ariaLabel, spellcheck: 'false', autocapitalize: 'off' }),
          placeholderText(placeholder),
          fieldTheme,
          EditorView.updateListener.of((update) => {
            if (!update.docChanged) return;
            latest.current.onChange(update.state.doc.toString());
            // An opening quote or brace asks for values or labels at once.
            const typed = update.state.sliceDoc(update.state.selection.main.head - 1, update.state.selection.main.head);
            if (update.transactions.some((t) => t.isUserEvent('input.type')) && /["{,(]/.test(typed)) startCompletion(update.view);
          }),
        ],
      }),
    });
    view.current = editor;
    return () => editor.destroy();
    // The editor is made once; what changes later goes through `latest` and the effects below.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);

  useEffect(() => {
    const editor = view.current;
    if (editor && editor.state.doc.toString() !== value)
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);

  useEffect(() => {
    view.current?.dispatch({ effects: languageSlot.current.reconfigure(language) });
  }, [language]);

  return <div ref={host} style={{ minWidth: 0, flex: 1 }} />;
}

const queryColours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword], color: 'var(--code-keyword)' },
  { tag: [tags.function(tags.variableName), tags.modifier], color: 'var(--code-function)' },
  { tag: [tags.labelName, tags.propertyName], color: 'var(--code-label)' },
  { tag: [tags.string], color: 'var(--code-string)' },
  { tag: [tags.number, tags.literal, tags.atom], color: 'var(--code-number)' },
  { tag: [tags.operator, tags.punctuation], color: 'var(--mantine-color-dimmed)' },
  { tag: tags.comment, color: 'var(--mantine-color-dimmed)', fontStyle: 'italic' },
  { tag: tags.invalid, textDecoration: 'underline wavy var(--bad)' },
]);

const fieldTheme = EditorView.theme({
  '&': {
    fontSize: '13px',
    color: 'var(--mantine-color-text)',
    backgroundColor: 'var(--mantine-color-body)',
    border: '1px solid var(--mantine-color-default-border)',
    borderRadius: '6px',
    maxHeight: '33vh',
    '--code-keyword': 'light-dark(#7a3e9d, #c792ea)',
    '--code-function': 'light-dark(#2b5fc4, #82aaff)',
    '--code-label': 'light-dark(#0b6e75, #7fd1c7)',
    '--code-string': 'light-dark(#8a5a00, #e2b86b)',
    '--code-number': 'light-dark(#b0413e, #f78c6c)',
  },
  '&.cm-focused': { outline: '2px solid var(--mantine-primary-color-filled)', outlineOffset: '-1px' },
  '.cm-scroller': { fontFamily: 'var(--mantine-font-family-monospace)', lineHeight: '20px', overflow: 'auto' },
  '.cm-content': { padding: '7px 0', caretColor: 'var(--mantine-color-text)' },
  '.cm-line': { padding: '0 10px' },
  '.cm-cursor': { borderLeftColor: 'var(--mantine-color-text)' },
  '.cm-placeholder': { color: 'var(--mantine-color-placeholder)' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground, ::selection': { backgroundColor: 'var(--chosen)' },
  '&.cm-focused .cm-matchingBracket': {
    backgroundColor: 'var(--mantine-color-default-hover)',
    outline: '1px solid var(--mantine-color-default-border)',
  },
  '.cm-tooltip': {
    color: 'var(--mantine-color-text)',
    backgroundColor: 'var(--mantine-color-default)',
    border: '1px solid var(--mantine-color-default-border)',
    borderRadius: '6px',
    overflow: 'hidden',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: '12px', maxHeight: '260px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '3px 10px', lineHeight: '18px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': { color: 'var(--mantine-color-text)', backgroundColor: 'var(--chosen)' },
  '.cm-completionDetail': { color: 'var(--mantine-color-dimmed)', fontStyle: 'normal', marginLeft: '12px' },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '700' },
});
