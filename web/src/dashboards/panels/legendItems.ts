import { displayOf, shown } from '../look/display';
import type { Field } from '../frames/frame';
import { reduceValues, reducerName } from '../frames/reduce';
import { flagOf, objectOf, textOf, textsOf } from '../model/json';
import type { JsonObject } from '../model/json';
import type { Scheme } from '../../theme/useScheme';

export interface LegendLook {
  show: boolean;
  table: boolean;
  right: boolean;
  calcs: string[];
  sortBy: string;
  sortDesc: boolean;
}

export function legendLook(options: JsonObject): LegendLook {
  const legend = objectOf(options['legend']);
  return {
    show: flagOf(legend['showLegend'], true) && legend['displayMode'] !== 'hidden',
    table: legend['displayMode'] === 'table',
    right: legend['placement'] === 'right',
    calcs: textsOf(legend['calcs']),
    sortBy: textOf(legend['sortBy']),
    sortDesc: flagOf(legend['sortDesc']),
  };
}

export interface LegendItem {
  key: string;
  name: string;
  colour: string;
  /** One text for each calculation, and the number behind it for sorting. */
  stats: { id: string; title: string; text: string; value: number | null }[];
}

export function statsFor(field: Field, calcs: readonly string[], scheme: Scheme): LegendItem['stats'] {
  return calcs.map((id) => {
    const value = reduceValues(field.values, id);
    const config = id === 'count' || id === 'countNonNull' || id === 'changeCount' || id === 'distinctCount' ? { ...field.config, unit: 'none' } : field.config;
    return { id, title: reducerName(id), value: typeof value === 'number' ? value : null, text: value === null ? '–' : shown(displayOf(config, value, scheme, { min: 0, max: 100 })) };
  });
}
