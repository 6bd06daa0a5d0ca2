import type { Transformation } from '../../model/panel';
import type { Scope } from '../../variables/interpolate';
import type { DataFrame } from '../frame';
import { calculateField } from './calculateField';
import { concatenate } from './concatenate';
import { filterByRefId, filterByValue, filterFieldsByName, limit } from './filters';
import { convertFieldType, formatTime } from './formats';
import { groupBy } from './groupBy';
import { joinByField } from './joinByField';
import { labelsToFields } from './labelsToFields';
import { merge } from './merge';
import { organize, renameByRegex } from './organize';
import { reduce } from './reduceFrames';
import { seriesToRows } from './seriesToRows';
import { sortBy } from './sortBy';
import { timeSeriesTable } from './timeSeriesTable';

export type Transformer = (frames: DataFrame[], options: Transformation['options'], scope: Scope) => DataFrame[];

const TRANSFORMERS: Readonly<Record<string, Transformer>> = {
  calculateField,
  concatenate,
  convertFieldType,
  filterByRefId,
  filterByValue,
  filterFieldsByName,
  formatTime,
  groupBy,
  joinByField,
  seriesToColumns: joinByField,
  labelsToFields,
  limit,
  merge,
  organize,
  reduce,
  renameByRegex,
  seriesToRows,
  sortBy,
  timeSeriesTable,
};

export function isKnownTransformation(id: string): boolean {
  return Object.hasOwn(TRANSFORMERS, id);
}

/** The transformations of a panel, one after the other; those that are not known are named and left out. */
export function transformed(frames: readonly DataFrame[], transformations: readonly Transformation[], scope: Scope): { frames: DataFrame[]; unknown: string[] } {
  let made = [...frames];
  const unknown: string[] = [];
  for (const { id, disabled, filter, options } of transformations) {
    if (disabled) continue;
    const run = Object.hasOwn(TRANSFORMERS, id) ? TRANSFORMERS[id] : undefined;
    if (run === undefined) {
      unknown.push(id);
      continue;
    }
    const isFor = filter === null ? () => true : (frame: DataFrame) => filter.id !== 'byRefId' || new RegExp(`^(?:${String(filter.options ?? '').replace(/^\/(.*)\/[a-z]*$/, '$1')})$`).test(frame.refId);
    made = [...run(made.filter(isFor), options, scope), ...made.filter((frame) => !isFor(frame))];
  }
  return { frames: made, unknown };
}
