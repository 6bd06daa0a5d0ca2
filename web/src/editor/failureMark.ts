import { StateEffect, StateField } from '@codemirror/state';
import type { EditorState } from '@codemirror/state';
import { Decoration, EditorView } from '@codemirror/view';
import type { DecorationSet } from '@codemirror/view';
import type { QueryPosition } from '../api/http';
import { offsetOf } from './position';

export interface Failure {
  position: QueryPosition;
  message: string;
}

/** Marks where the server found an error; null takes the mark away. Typing takes it away too. */
export const setFailure = StateEffect.define<Failure | null>();

/**
 * The mark of the server's error. A field of its own, because the language's linter clears all diagnostics whenever it has looked
 * at the text, and it does not know what the server knows.
 */
export const failureMark = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    for (const effect of transaction.effects) if (effect.is(setFailure)) return marksFor(transaction.state, effect.value);
    return transaction.docChanged ? Decoration.none : marks;
  },
  provide: (field) => EditorView.decorations.from(field),
});

function marksFor(state: EditorState, failure: Failure | null): DecorationSet {
  const text = state.doc.toString();
  if (failure === null || text === '') return Decoration.none;
  // A position behind the last character marks that one.
  const from = Math.min(offsetOf(text, failure.position), text.length - 1);
  const word = /^[\w:]+/.exec(text.slice(from))?.[0].length ?? 1;
  return Decoration.set(Decoration.mark({ class: 'cm-failure', attributes: { title: failure.message } }).range(from, from + word));
}
