// @vitest-environment jsdom
import { EditorState } from '@codemirror/state';
import { describe, expect, it } from 'vitest';
import { failureMark, setFailure } from './failureMark';

function markedIn(state: EditorState): string[] {
  const found: string[] = [];
  state.field(failureMark).between(0, state.doc.length, (from, to) => {
    found.push(state.sliceDoc(from, to));
  });
  return found;
}

const failed = (doc: string, line: number, column: number) =>
  EditorState.create({ doc, extensions: failureMark }).update({ effects: setFailure.of({ position: { line, column }, message: 'no' }) }).state;

describe('failureMark', () => {
  it('marks the word at the position', () => expect(markedIn(failed('sum(\n  foo(x))', 2, 3))).toEqual(['foo']));
  it('marks one sign where no word is', () => expect(markedIn(failed('a + )', 1, 5))).toEqual([')']));
  it('marks the last sign when the position is behind the end', () => expect(markedIn(failed('sum(x', 1, 6))).toEqual(['x']));
  it('marks nothing in an empty text', () => expect(markedIn(failed('', 1, 1))).toEqual([]));

  it('goes when something is typed, and when it is taken away', () => {
    const state = failed('foo(x)', 1, 1);
    expect(markedIn(state.update({ changes: { from: 0, insert: 'a' } }).state)).toEqual([]);
    expect(markedIn(state.update({ effects: setFailure.of(null) }).state)).toEqual([]);
    expect(markedIn(state.update({ selection: { anchor: 2 } }).state)).toEqual(['foo']);
  });
});
