import { HighlightStyle } from '@codemirror/language';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

/** Colours of queries; the values stand in the theme below, for both schemes. */
export const queryColours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword], color: 'var(--code-keyword)' },
  { tag: [tags.function(tags.variableName), tags.modifier], color: 'var(--code-function)' },
  { tag: [tags.labelName, tags.propertyName], color: 'var(--code-label)' },
  { tag: tags.string, color: 'var(--code-string)' },
  { tag: [tags.number, tags.literal, tags.atom], color: 'var(--code-number)' },
  { tag: [tags.operator, tags.punctuation, tags.paren, tags.squareBracket, tags.brace], color: 'var(--mantine-color-dimmed)' },
  { tag: tags.comment, color: 'var(--mantine-color-dimmed)', fontStyle: 'italic' },
]);

export const editorTheme = EditorView.theme({
  '&': {
    fontSize: '13px',
    color: 'var(--mantine-color-text)',
    backgroundColor: 'var(--page)',
    border: '1px solid var(--mantine-color-default-border)',
    borderRadius: '6px',
    maxHeight: '33vh',
    '--code-keyword': 'light-dark(#7a3e9d, #c792ea)',
    '--code-function': 'light-dark(#2b5fc4, #8fb0ff)',
    '--code-label': 'light-dark(#0b6a70, #7fd1c7)',
    '--code-string': 'light-dark(#845400, #e2b86b)',
    '--code-number': 'light-dark(#a93a38, #f79b78)',
  },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '-1px' },
  '.cm-scroller': { fontFamily: 'var(--mantine-font-family-monospace)', lineHeight: '20px', overflow: 'auto' },
  '.cm-content': { padding: '6px 0', caretColor: 'var(--mantine-color-text)' },
  '.cm-line': { padding: '0 10px' },
  '.cm-cursor': { borderLeftColor: 'var(--mantine-color-text)' },
  '.cm-placeholder': { color: 'var(--mantine-color-placeholder)' },
  '.cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground': { background: 'light-dark(#cfcbf8, #4a4592)' },
  '&.cm-focused .cm-matchingBracket': { backgroundColor: 'var(--chosen)', outline: '1px solid var(--border-strong)' },
  '.cm-tooltip': { color: 'var(--mantine-color-text)', backgroundColor: 'var(--raised)', border: '1px solid var(--border-strong)', borderRadius: '6px', overflow: 'hidden', zIndex: '300' },
  '.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: '12px', maxHeight: '280px', minWidth: '280px' },
  '.cm-tooltip-autocomplete > ul > li': { padding: '3px 10px', lineHeight: '18px' },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': { color: 'var(--mantine-color-text)', backgroundColor: 'var(--chosen)' },
  '.cm-completionDetail': { color: 'var(--mantine-color-dimmed)', fontStyle: 'normal', marginLeft: '12px' },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '700', color: 'var(--accent)' },
  '.cm-completionInfo': { maxWidth: '360px', padding: '8px 10px', fontFamily: 'var(--mantine-font-family)', fontSize: '12px' },
  '.cm-failure': { textDecoration: 'underline wavy var(--bad) 1px', textUnderlineOffset: '3px', backgroundColor: 'var(--bad-soft)' },
  '.cm-diagnostic': { padding: '4px 8px', fontFamily: 'var(--mantine-font-family)', fontSize: '12px' },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--bad)' },
});
