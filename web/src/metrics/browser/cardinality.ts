/** A label of some series, with how many values it has and how many series each of them. */
export interface LabelCardinality {
  label: string;
  /** Series that have the label. */
  seriesCount: number;
  /** Most series first. */
  values: readonly { value: string; seriesCount: number }[];
}

/** Counts labels and values of label sets, the label with most values first: it is what makes many series of one metric. */
export function labelCardinalities(series: readonly Readonly<Record<string, string>>[]): LabelCardinality[] {
  const byLabel = new Map<string, Map<string, number>>();
  for (const labels of series) {
    for (const [label, value] of Object.entries(labels)) {
      if (label === '__name__') continue;
      let values = byLabel.get(label);
      if (values === undefined) byLabel.set(label, (values = new Map()));
      values.set(value, (values.get(value) ?? 0) + 1);
    }
  }
  return [...byLabel]
    .map(([label, values]) => ({
      label,
      seriesCount: [...values.values()].reduce((sum, count) => sum + count, 0),
      values: [...values].map(([value, seriesCount]) => ({ value, seriesCount })).sort((a, b) => b.seriesCount - a.seriesCount || (a.value < b.value ? -1 : 1)),
    }))
    .sort((a, b) => b.values.length - a.values.length || (a.label < b.label ? -1 : 1));
}
