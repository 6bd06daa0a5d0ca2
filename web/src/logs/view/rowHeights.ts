/**
 * Heights of very many rows of which most have the same one. Finding a row by its place and a place by its row takes
 * O(log n), as does changing a height, so that a million rows cost what a hundred do. A Fenwick tree over the differences
 * to the usual height.
 */
export class RowHeights {
  /** Sums of differences; node i covers the `i & -i` rows up to row i − 1. */
  private tree = new Float64Array(1025);
  private difference = new Float64Array(1024);
  private rows = 0;
  private odd = 0;

  constructor(readonly usualPx: number) {}

  get count(): number {
    return this.rows;
  }

  /** How many rows do not have the usual height. */
  get oddCount(): number {
    return this.odd;
  }

  get totalPx(): number {
    return this.offsetOf(this.rows);
  }

  /** Sets the number of rows. New ones have the usual height; with fewer rows all heights are forgotten. */
  setCount(count: number): void {
    if (count < this.rows) this.forget();
    while (this.difference.length < count) this.double();
    this.rows = count;
  }

  forget(): void {
    this.tree.fill(0);
    this.difference.fill(0);
    this.odd = 0;
  }

  heightOf(row: number): number {
    return this.usualPx + this.difference[row]!;
  }

  /** @returns by how much the row's height changed */
  setHeight(row: number, heightPx: number): number {
    const next = heightPx - this.usualPx;
    const change = next - this.difference[row]!;
    if (change === 0) return 0;
    this.odd += (next !== 0 ? 1 : 0) - (this.difference[row] !== 0 ? 1 : 0);
    this.difference[row] = next;
    for (let i = row + 1; i < this.tree.length; i += i & -i) this.tree[i]! += change;
    return change;
  }

  /** Where the row begins. */
  offsetOf(row: number): number {
    let sum = row * this.usualPx;
    for (let i = row; i > 0; i -= i & -i) sum += this.tree[i]!;
    return sum;
  }

  /** The row at this place; the first or last one beyond the ends. */
  rowAt(offsetPx: number): number {
    let row = 0;
    let left = offsetPx;
    for (let step = this.tree.length - 1; step > 0; step >>= 1) {
      const height = step * this.usualPx + (this.tree[row + step] ?? Infinity);
      if (row + step > this.rows || height > left) continue;
      row += step;
      left -= height;
    }
    return Math.max(0, Math.min(row, this.rows - 1));
  }

  /** The size is a power of two, so the old top node stays right and the new one holds the same sum. */
  private double(): void {
    const size = this.difference.length;
    const difference = new Float64Array(size * 2);
    difference.set(this.difference);
    const tree = new Float64Array(size * 2 + 1);
    tree.set(this.tree);
    tree[size * 2] = this.tree[size]!;
    this.difference = difference;
    this.tree = tree;
  }
}
