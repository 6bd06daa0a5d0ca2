import { setProperty } from '../model/fieldConfig';
import type { FieldConfig, FieldConfigSource } from '../model/fieldConfig';
import type { DataFrame, Field } from './frame';
import { fieldMatcher } from './matchers';

/** Copies of the frames whose fields have the panel's configuration: its defaults, then each override that matches. */
export function withConfig(frames: readonly DataFrame[], { defaults, overrides }: FieldConfigSource): DataFrame[] {
  const tests = overrides.map((override) => ({ test: fieldMatcher(override.matcher), properties: override.properties }));
  return frames.map((frame) => ({
    ...frame,
    fields: frame.fields.map((field): Field => {
      const config = merged(field, defaults);
      for (const { test, properties } of tests) {
        if (!test(field, frame, frames)) continue;
        for (const { id, value } of properties) setProperty(config, id, value);
      }
      return { ...field, config };
    }),
  }));
}

/** What the data says of itself holds where the panel says nothing. Defaults for numbers are not for times and texts. */
function merged(field: Field, defaults: FieldConfig): FieldConfig {
  const own = field.config;
  const numeric = field.type !== 'time';
  return {
    unit: (numeric ? defaults.unit : null) ?? own.unit,
    decimals: (numeric ? defaults.decimals : null) ?? own.decimals,
    min: defaults.min ?? own.min,
    max: defaults.max ?? own.max,
    displayName: (numeric ? defaults.displayName : null) ?? own.displayName,
    displayNameFromDS: own.displayNameFromDS,
    noValue: defaults.noValue ?? own.noValue,
    color: defaults.color ?? own.color,
    thresholds: defaults.thresholds ?? own.thresholds,
    mappings: defaults.mappings.length > 0 ? defaults.mappings : own.mappings,
    links: defaults.links.length > 0 ? defaults.links : own.links,
    custom: structuredClone({ ...own.custom, ...defaults.custom }),
    intervalMs: own.intervalMs,
  };
}
