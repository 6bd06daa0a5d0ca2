import { flagOf, isObject, listOf, numberOf, objectOf, objectsOf, textOf, textsOf } from './json';
import type { Json, JsonObject } from './json';

/**
 * A panel of an old kind as the panel of today that Grafana makes of it. Only what is shown: the document stays as it is. Panels of
 * today come back as they are.
 */
export function migratePanel(raw: JsonObject): JsonObject {
  switch (raw['type']) {
    case 'graph':
      return migrateGraph(raw);
    case 'singlestat':
    case 'grafana-singlestat-panel':
      return migrateSinglestat(raw);
    case 'table':
    case 'table-old':
      return raw['type'] === 'table-old' || Array.isArray(raw['styles']) ? migrateTable(raw) : raw;
    case 'text':
      return isObject(raw['options']) ? raw : { ...raw, options: { content: raw['content'] ?? '', mode: raw['mode'] ?? 'markdown' } };
    case 'text2':
      return { ...raw, type: 'text' };
    case 'grafana-piechart-panel':
      return { ...raw, type: 'piechart', options: { pieType: textOf(raw['pieType']) || 'pie', reduceOptions: { calcs: [calcOf(textOf(raw['valueName']) || 'current')] }, legend: { showLegend: true, placement: 'right', values: ['value'] } }, fieldConfig: raw['fieldConfig'] ?? { defaults: { unit: raw['format'] ?? 'short' }, overrides: [] } };
    case 'heatmap':
      return isObject(raw['options']) ? raw : { ...raw, options: { calculate: raw['dataFormat'] !== 'tsbuckets', yAxis: objectOf(raw['yAxis']), color: { scheme: textOf(objectOf(raw['color'])['colorScheme']).replace(/^interpolate/, '') || 'Oranges' } } };
    case 'gauge':
    case 'bargauge':
    case 'stat':
      return isObject(raw['fieldConfig']) ? raw : { ...raw, ...migrateGaugeOptions(objectOf(raw['options'])) };
    default:
      return raw;
  }
}

/** Grafana 6 kept what is now `fieldConfig` and `reduceOptions` in `options.fieldOptions`. */
function migrateGaugeOptions(options: JsonObject): JsonObject {
  const old = objectOf(options['fieldOptions']);
  return {
    fieldConfig: { defaults: objectOf(old['defaults']), overrides: listOf(old['overrides']) },
    options: { ...options, reduceOptions: { calcs: listOf(old['calcs']), values: flagOf(old['values']), fields: '' } },
  };
}

const CALCS: Readonly<Record<string, string>> = { current: 'lastNotNull', avg: 'mean', total: 'sum', first: 'firstNotNull', name: 'lastNotNull', delta: 'delta', diff: 'diff', range: 'range', min: 'min', max: 'max' };

function calcOf(name: string): string {
  return CALCS[name] ?? 'lastNotNull';
}

function migrateGraph(raw: JsonObject): JsonObject {
  const axes = objectsOf(raw['yaxes']);
  const left = axes[0] ?? {};
  const legend = objectOf(raw['legend']);
  const bars = flagOf(raw['bars']);
  const lines = flagOf(raw['lines'], true);
  const nullMode = textOf(raw['nullPointMode']);
  const custom: JsonObject = {
    drawStyle: bars ? 'bars' : lines ? 'line' : 'points',
    lineWidth: numberOf(raw['linewidth']) ?? 1,
    fillOpacity: bars ? 100 : (numberOf(raw['fill']) ?? 1) * 10,
    lineInterpolation: flagOf(raw['steppedLine']) ? 'stepAfter' : 'linear',
    showPoints: flagOf(raw['points']) ? 'always' : 'never',
    spanNulls: nullMode === 'connected',
    stacking: { mode: flagOf(raw['stack']) ? (flagOf(raw['percentage']) ? 'percent' : 'normal') : 'none', group: 'A' },
    axisLabel: textOf(left['label']),
    scaleDistribution: (numberOf(left['logBase']) ?? 1) > 1 ? { type: 'log', log: numberOf(left['logBase']) } : { type: 'linear' },
  };
  const defaults: JsonObject = { custom, unit: textOf(left['format']) || 'short' };
  for (const end of ['min', 'max']) if (numberOf(left[end]) !== null) defaults[end] = numberOf(left[end]);
  if (numberOf(left['decimals']) !== null) defaults['decimals'] = numberOf(left['decimals']);
  const thresholds = objectsOf(raw['thresholds']).filter((one) => numberOf(one['value']) !== null);
  if (thresholds.length > 0) {
    defaults['thresholds'] = { mode: 'absolute', steps: [{ color: 'transparent', value: null }, ...thresholds.map((one) => ({ color: oldColour(one), value: numberOf(one['value']) }))] };
    custom['thresholdsStyle'] = { mode: thresholds.some((one) => flagOf(one['fill'])) ? 'line+area' : 'line' };
  }
  const fieldConfig = { defaults, overrides: [...colourOverrides(raw['aliasColors']), ...objectsOf(raw['seriesOverrides']).flatMap((one) => seriesOverride(one, axes[1]))] };
  if (textOf(objectOf(raw['xaxis'])['mode']) === 'histogram') return { ...raw, type: 'histogram', fieldConfig, options: {} };
  if (textOf(objectOf(raw['xaxis'])['mode']) === 'series') {
    return { ...raw, type: 'bargauge', fieldConfig, options: { orientation: 'vertical', displayMode: 'basic', reduceOptions: { calcs: [calcOf(textsOf(objectOf(raw['xaxis'])['values'])[0] ?? 'total')] } } };
  }
  const calcs = ['min', 'max', 'avg', 'current', 'total'].filter((calc) => flagOf(legend['values']) && flagOf(legend[calc])).map(calcOf);
  const tooltip = objectOf(raw['tooltip']);
  return {
    ...raw,
    type: 'timeseries',
    fieldConfig,
    options: {
      legend: { showLegend: flagOf(legend['show'], true), displayMode: flagOf(legend['alignAsTable']) ? 'table' : 'list', placement: flagOf(legend['rightSide']) ? 'right' : 'bottom', calcs },
      tooltip: { mode: flagOf(tooltip['shared'], true) ? 'multi' : 'single', sort: numberOf(tooltip['sort']) === 2 ? 'desc' : 'none' },
    },
  };
}

function oldColour(threshold: JsonObject): string {
  const named: Readonly<Record<string, string>> = { critical: 'red', warning: 'orange', ok: 'green' };
  return named[textOf(threshold['colorMode'])] ?? (textOf(threshold['lineColor']) || textOf(threshold['fillColor']) || 'red');
}

function colourOverrides(value: unknown): Json[] {
  return Object.entries(objectOf(value)).map(([name, colour]) => ({ matcher: { id: 'byName', options: name }, properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: textOf(colour) } }] }));
}

function seriesOverride(override: JsonObject, right: JsonObject | undefined): Json[] {
  const alias = textOf(override['alias']);
  if (alias === '') return [];
  const properties: { id: string; value: Json }[] = [];
  const set = (id: string, value: Json) => properties.push({ id, value });
  for (const [key, value] of Object.entries(override)) {
    if (key === 'color') set('color', { mode: 'fixed', fixedColor: textOf(value) });
    else if (key === 'fill') set('custom.fillOpacity', (numberOf(value) ?? 0) * 10);
    else if (key === 'linewidth') set('custom.lineWidth', numberOf(value) ?? 1);
    else if (key === 'bars' && value === true) set('custom.drawStyle', 'bars');
    else if (key === 'lines' && value === false && override['bars'] !== true) set('custom.drawStyle', 'points');
    else if (key === 'transform' && value === 'negative-Y') set('custom.transform', 'negative-Y');
    else if (key === 'stack') set('custom.stacking', value === false ? { mode: 'none', group: 'A' } : { mode: 'normal', group: textOf(value) === 'true' ? 'A' : textOf(value) });
    else if (key === 'steppedLine' && value === true) set('custom.lineInterpolation', 'stepAfter');
    else if (key === 'dashes' && value === true) set('custom.lineStyle', { fill: 'dash' });
    else if (key === 'hideTooltip' || key === 'legend') set('custom.hideFrom', { legend: override['legend'] === false, tooltip: override['hideTooltip'] === true, viz: false });
    else if (key === 'yaxis' && numberOf(value) === 2) {
      set('custom.axisPlacement', 'right');
      if (right) set('unit', textOf(right['format']) || 'short');
      for (const end of ['min', 'max']) if (numberOf(right?.[end]) !== null) set(end, numberOf(right?.[end]));
    }
  }
  const pattern = /^\/.*\/[gimsuy]*$/.test(alias);
  return [{ matcher: { id: pattern ? 'byRegexp' : 'byName', options: alias }, properties }];
}

function migrateSinglestat(raw: JsonObject): JsonObject {
  const gauge = objectOf(raw['gauge']);
  const isGauge = flagOf(gauge['show']);
  const colours = textsOf(raw['colors']);
  const limits = textOf(raw['thresholds']).split(',').map((text) => numberOf(text.trim()));
  const steps = colours.map((color, i) => ({ color, value: i === 0 ? null : (limits[i - 1] ?? null) })).filter((step, i) => i === 0 || step.value !== null);
  const defaults: JsonObject = { unit: textOf(raw['format']) || 'none', mappings: oldMappings(raw) };
  if (numberOf(raw['decimals']) !== null) defaults['decimals'] = numberOf(raw['decimals']);
  if (steps.length > 0) defaults['thresholds'] = { mode: 'absolute', steps };
  if (isGauge) {
    defaults['min'] = numberOf(gauge['minValue']) ?? 0;
    defaults['max'] = numberOf(gauge['maxValue']) ?? 100;
  }
  if (textOf(raw['nullText']) !== '') defaults['noValue'] = textOf(raw['nullText']);
  return {
    ...raw,
    type: isGauge ? 'gauge' : 'stat',
    fieldConfig: { defaults, overrides: [] },
    options: {
      reduceOptions: { calcs: [calcOf(textOf(raw['valueName']) || 'avg')], fields: '', values: false },
      colorMode: flagOf(raw['colorBackground']) ? 'background' : flagOf(raw['colorValue']) ? 'value' : 'none',
      graphMode: flagOf(objectOf(raw['sparkline'])['show']) ? 'area' : 'none',
      textMode: raw['valueName'] === 'name' ? 'name' : 'auto',
      prefix: textOf(raw['prefix']),
      postfix: textOf(raw['postfix']),
      showThresholdMarkers: flagOf(gauge['thresholdMarkers'], true),
    },
  };
}

function oldMappings(raw: JsonObject): Json[] {
  const values = objectsOf(raw['valueMaps']).map((one): Json => {
    const value = textOf(one['value']);
    const result = { text: textOf(one['text']) };
    return value === 'null' ? { type: 'special', options: { match: 'null', result } } : { type: 'value', options: { [value]: result } };
  });
  const ranges = objectsOf(raw['rangeMaps']).map((one): Json => {
    const result = { text: textOf(one['text']) };
    return one['from'] === 'null' ? { type: 'special', options: { match: 'null', result } } : { type: 'range', options: { from: numberOf(one['from']), to: numberOf(one['to']), result } };
  });
  return numberOf(raw['mappingType']) === 2 ? ranges : values;
}

function migrateTable(raw: JsonObject): JsonObject {
  const overrides = objectsOf(raw['styles']).flatMap((style): Json[] => {
    const pattern = textOf(style['pattern']);
    if (pattern === '' || pattern === '/.*/') return [];
    const properties: Json[] = [];
    if (textOf(style['alias']) !== '') properties.push({ id: 'displayName', value: textOf(style['alias']) });
    if (style['type'] === 'hidden') properties.push({ id: 'custom.hidden', value: true });
    if (style['type'] === 'date') properties.push({ id: 'unit', value: 'dateTimeAsIso' });
    if (style['type'] === 'number' && textOf(style['unit']) !== '') properties.push({ id: 'unit', value: textOf(style['unit']) });
    if (numberOf(style['decimals']) !== null && style['type'] === 'number') properties.push({ id: 'decimals', value: numberOf(style['decimals']) });
    if (textOf(style['align']) !== '') properties.push({ id: 'custom.align', value: textOf(style['align']) });
    if (flagOf(style['link'])) properties.push({ id: 'links', value: [{ title: textOf(style['linkTooltip']), url: textOf(style['linkUrl']), targetBlank: flagOf(style['linkTargetBlank']) }] });
    const limits = textsOf(style['thresholds']).map(numberOf).filter((n) => n !== null);
    if (textOf(style['colorMode']) !== '' && limits.length > 0) {
      properties.push({ id: 'thresholds', value: { mode: 'absolute', steps: textsOf(style['colors']).map((color, i) => ({ color, value: i === 0 ? null : (limits[i - 1] ?? null) })) } });
      properties.push({ id: 'custom.cellOptions', value: { type: style['colorMode'] === 'value' ? 'color-text' : 'color-background' } });
    }
    return [{ matcher: { id: /^\/.*\/[gimsuy]*$/.test(pattern) ? 'byRegexp' : 'byName', options: pattern }, properties }];
  });
  const transformations: Json[] = [...listOf(raw['transformations'])];
  const transform = textOf(raw['transform']);
  if (transform === 'timeseries_to_rows') transformations.push({ id: 'seriesToRows', options: {} });
  else if (transform === 'timeseries_to_columns') transformations.push({ id: 'joinByField', options: { byField: 'Time' } });
  else if (transform === 'timeseries_aggregations') {
    transformations.push({ id: 'reduce', options: { reducers: objectsOf(raw['columns']).map((column) => calcOf(textOf(column['value']))), includeTimeField: false } });
  } else if (transform === 'table') transformations.push({ id: 'merge', options: {} });
  return { ...raw, type: 'table', fieldConfig: { defaults: {}, overrides }, options: { showHeader: flagOf(raw['showHeader'], true) }, transformations };
}
