/** A line of a comparison; `skipped` stands for lines that are the same and left out. */
export interface DiffLine {
  kind: 'same' | 'added' | 'removed' | 'skipped';
  text: string;
}

const CONTEXT = 3;
/** Beyond so many lines on both sides the middle counts as replaced: to compare them all would take too long. */
const MOST_CELLS = 4_000_000;

/** What changed between two texts, line by line, with a few lines around. */
export function diffLines(before: string, after: string): DiffLine[] {
  const a = before.split('\n');
  const b = after.split('\n');
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const middle = compare(a.slice(start, a.length - end), b.slice(start, b.length - end));
  const same = (lines: string[]) => lines.map((text): DiffLine => ({ kind: 'same', text }));
  return folded([...same(a.slice(0, start)), ...middle, ...same(a.slice(a.length - end))]);
}

function compare(a: string[], b: string[]): DiffLine[] {
  const removed = (text: string): DiffLine => ({ kind: 'removed', text });
  const added = (text: string): DiffLine => ({ kind: 'added', text });
  if (a.length * b.length > MOST_CELLS) return [...a.map(removed), ...b.map(added)];
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) lengths[i * width + j] = a[i] === b[j] ? lengths[(i + 1) * width + j + 1]! + 1 : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!);
  }
  const lines: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ kind: 'same', text: a[i]! });
      i++;
      j++;
    } else if (j >= b.length || (i < a.length && lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!)) lines.push(removed(a[i++]!));
    else lines.push(added(b[j++]!));
  }
  return lines;
}

function folded(lines: readonly DiffLine[]): DiffLine[] {
  const near = new Uint8Array(lines.length);
  lines.forEach((line, i) => {
    if (line.kind !== 'same') near.fill(1, Math.max(0, i - CONTEXT), Math.min(lines.length, i + CONTEXT + 1));
  });
  const made: DiffLine[] = [];
  let skipped = 0;
  const tell = () => {
    if (skipped > 0) made.push({ kind: 'skipped', text: `${skipped} ${skipped === 1 ? 'line' : 'lines'} unchanged` });
    skipped = 0;
  };
  lines.forEach((line, i) => {
    if (near[i] === 0) skipped++;
    else {
      tell();
      made.push(line);
    }
  });
  tell();
  return made;
}
