import { isKnownTransformation } from '../frames/transform/transform';
import { sourceOf } from '../model/dataSource';
import type { SourceNames } from '../model/dataSource';
import type { Panel } from '../model/panel';

/** Why a panel cannot be shown; null when it can. */
export function whyNotShown(panel: Panel, sources: SourceNames): string | null {
  if (panel.libraryPanel !== null) return 'library panel';
  if (panel.type === 'unsupported') return `panel ${panel.rawType}`;
  if (panel.type === 'row' || panel.type === 'text' || panel.type === 'alertlist') return null;
  const kinds = (panel.targets.length > 0 ? panel.targets.map((target) => target.datasource ?? panel.datasource) : [panel.datasource]).map((ref) => sourceOf(ref, sources));
  if (kinds.every((kind) => kind.kind === 'unsupported')) return `data source ${[...new Set(kinds.map((kind) => (kind.kind === 'unsupported' ? kind.name : '')))].join(', ')}`;
  return null;
}

/** `12 panels, 2 not shown: data source jaeger, panel canvas`. */
export function contentsOf(panels: readonly Panel[], sources: SourceNames): string {
  const real = panels.filter((panel) => panel.type !== 'row');
  const reasons = real.flatMap((panel) => whyNotShown(panel, sources) ?? []);
  const unknown = [...new Set(real.flatMap((panel) => panel.transformations.map((one) => one.id).filter((id) => !isKnownTransformation(id))))];
  const parts = [`${real.length} ${real.length === 1 ? 'panel' : 'panels'}`];
  if (reasons.length > 0) parts.push(`${reasons.length} not shown (${[...new Set(reasons)].join(', ')})`);
  if (unknown.length > 0) parts.push(`transformations left out: ${unknown.join(', ')}`);
  return parts.join(', ');
}
