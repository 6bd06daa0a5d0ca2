import { listOf, numberOf, objectOf, objectsOf, textOf } from '../model/json';
import type { Json, JsonObject, JsonPath } from '../model/json';
import { UNIT_TABLE } from '../look/unitTable';
import { Choose, Field } from './Field';
import { mappingRows, mappingsOf, MATCHERS, overridesOf, PROPERTIES, propertyText, propertyValue, SPECIALS, stepRows, withSteps } from './fieldEdits';
import type { MappingRow, StepRow } from './fieldEdits';
import classes from './Edit.module.css';

type Set = (path: JsonPath, value: Json | undefined) => void;

const COLOUR_MODES = [
  { value: '', text: 'As the panel has it' }, { value: 'palette-classic', text: 'Of the name' }, { value: 'thresholds', text: 'By thresholds' }, { value: 'fixed', text: 'One colour' },
  { value: 'continuous-GrYlRd', text: 'Green to red' }, { value: 'continuous-BlPu', text: 'Blue to purple' },
];
const DEFAULTS = ['fieldConfig', 'defaults'] as const;
const COLOURS = ['green', 'yellow', 'orange', 'red', 'blue', 'purple', 'text', 'transparent'];

/** How values are written and coloured: for all fields, and for some of them alone. */
export function ValuesForm({ raw, set }: { raw: JsonObject; set: Set }) {
  const defaults = objectOf(objectOf(raw['fieldConfig'])['defaults']);
  const color = objectOf(defaults['color']);
  const mode = textOf(color['mode']);
  const setDefault = (key: string, value: Json | undefined) => set([...DEFAULTS, key], value);
  const number = (text: string) => numberOf(text) ?? undefined;
  return (
    <>
      <datalist id="units">
        {Object.keys(UNIT_TABLE).map((unit) => (
          <option key={unit} value={unit} />
        ))}
      </datalist>
      <datalist id="colours">
        {COLOURS.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
      <fieldset>
        <legend>Values</legend>
        <div className={classes.pair}>
          <Field label="Unit" value={textOf(defaults['unit'])} list="units" onChange={(text) => setDefault('unit', text === '' ? undefined : text)} />
          <Field label="Name" value={textOf(defaults['displayName'])} onChange={(text) => setDefault('displayName', text === '' ? undefined : text)} />
          <Field label="Where there is none" value={textOf(defaults['noValue'])} onChange={(text) => setDefault('noValue', text === '' ? undefined : text)} />
          <Field label="Least" value={textOf(defaults['min'])} onChange={(text) => setDefault('min', number(text))} />
          <Field label="Largest" value={textOf(defaults['max'])} onChange={(text) => setDefault('max', number(text))} />
          <Field label="Decimals" value={textOf(defaults['decimals'])} onChange={(text) => setDefault('decimals', number(text))} />
        </div>
        <div className={classes.pair}>
          <Choose label="Colour" value={mode} options={COLOUR_MODES} onChange={(value) => setDefault('color', value === '' ? undefined : { ...color, mode: value })} />
          {mode === 'fixed' && <Field label="Which" value={textOf(color['fixedColor'])} list="colours" onChange={(text) => setDefault('color', { ...color, fixedColor: text })} />}
        </div>
      </fieldset>
      <Thresholds value={defaults['thresholds']} onChange={(value) => setDefault('thresholds', value)} />
      <Mappings value={defaults['mappings']} onChange={(value) => setDefault('mappings', value)} />
      <Overrides raw={raw} set={set} />
    </>
  );
}

function Thresholds({ value, onChange }: { value: Json | undefined; onChange: (value: JsonObject) => void }) {
  const rows = stepRows(value);
  const change = (next: readonly StepRow[]) => onChange(withSteps(value, next));
  const put = (i: number, step: Partial<StepRow>) => change(rows.map((row, r) => (r === i ? { ...row, ...step } : row)));
  return (
    <fieldset>
      <legend>
        Thresholds
        <button type="button" onClick={() => change(rows.length === 0 ? [{ value: '', color: 'green' }, { value: '80', color: 'red' }] : [...rows, { value: String((numberOf(rows.at(-1)!.value) ?? 0) + 10), color: 'red' }])}>
          Add
        </button>
      </legend>
      {rows.map((row, i) => (
        <div key={i} className={classes.line}>
          {i === 0 ? <span className="dimmed">below the first</span> : <Field label="From" value={row.value} onChange={(text) => put(i, { value: text })} />}
          <Field label="Colour" value={row.color} list="colours" onChange={(text) => put(i, { color: text })} />
          {i > 0 && (
            <button type="button" className={classes.plain} aria-label={`Remove the threshold ${row.value}`} onClick={() => change(rows.filter((_, r) => r !== i))}>
              Remove
            </button>
          )}
        </div>
      ))}
      {rows.length > 0 && <Choose label="They are" value={textOf(objectOf(value)['mode']) || 'absolute'} options={[{ value: 'absolute', text: 'Values' }, { value: 'percentage', text: 'Per cent between least and largest' }]} onChange={(mode) => onChange({ ...withSteps(value, rows), mode })} />}
    </fieldset>
  );
}

function Mappings({ value, onChange }: { value: Json | undefined; onChange: (value: JsonObject[]) => void }) {
  const rows = mappingRows(value);
  const change = (next: readonly MappingRow[]) => onChange(mappingsOf(next));
  const put = (i: number, part: Partial<MappingRow>) => change(rows.map((row, r) => (r === i ? { ...row, ...part } : row)));
  return (
    <fieldset>
      <legend>
        Value mappings
        <button type="button" onClick={() => change([...rows, { type: 'value', match: String(rows.length), text: '', color: '' }])}>
          Add
        </button>
      </legend>
      {rows.map((row, i) => (
        <div key={i} className={classes.line}>
          <Choose label="Where it is" value={row.type} options={[{ value: 'value', text: 'the value' }, { value: 'range', text: 'within' }, { value: 'regex', text: 'like' }, { value: 'special', text: 'special' }]} onChange={(type) => put(i, { type: type as MappingRow['type'], match: type === 'special' ? 'null' : type === 'range' ? '0…1' : row.match })} />
          {row.type === 'special' ? (
            <Choose label="What" value={row.match} options={SPECIALS.map((one) => ({ value: one, text: one }))} onChange={(match) => put(i, { match })} />
          ) : (
            <Field label={row.type === 'range' ? 'From…to' : 'What'} value={row.match} onChange={(match) => put(i, { match })} />
          )}
          <Field label="Shown as" value={row.text} onChange={(text) => put(i, { text })} />
          <Field label="Colour" value={row.color} list="colours" onChange={(color) => put(i, { color })} />
          <button type="button" className={classes.plain} aria-label={`Remove the mapping of ${row.match}`} onClick={() => change(rows.filter((_, r) => r !== i))}>
            Remove
          </button>
        </div>
      ))}
    </fieldset>
  );
}

function Overrides({ raw, set }: { raw: JsonObject; set: Set }) {
  const overrides = overridesOf(raw);
  const put = (path: JsonPath, value: Json | undefined) => set(['fieldConfig', 'overrides', ...path], value);
  return (
    <fieldset>
      <legend>
        For some fields alone
        <button type="button" onClick={() => put([], [...overrides, { matcher: { id: 'byName', options: '' }, properties: [{ id: 'unit', value: 'short' }] }])}>
          Add
        </button>
      </legend>
      {overrides.map((override, i) => {
        const matcher = objectOf(override['matcher']);
        const properties = objectsOf(override['properties']);
        const options = matcher['options'];
        return (
          <fieldset key={i}>
            <legend>
              Fields {propertyText('', options)}
              <button type="button" onClick={() => put([], overrides.filter((_, o) => o !== i))}>
                Remove
              </button>
            </legend>
            <div className={classes.line}>
              <Choose label="Which" value={textOf(matcher['id'])} options={MATCHERS} onChange={(id) => put([i, 'matcher'], { ...matcher, id })} />
              <Field label="Name, pattern, type or query" value={propertyText('', options)} onChange={(text) => put([i, 'matcher', 'options'], typeof options === 'object' && options !== null ? (propertyValue('json', text) ?? options) : text)} />
            </div>
            {properties.map((property, p) => {
              const id = textOf(property['id']);
              return (
                <div key={p} className={classes.line}>
                  <Choose label="Set" value={id} options={PROPERTIES.map((one) => ({ value: one.id, text: one.text }))} onChange={(next) => put([i, 'properties', p], { id: next, value: propertyValue(next, '') ?? null })} />
                  <Field
                    label="to" value={propertyText(id, property['value'])} list={id === 'unit' ? 'units' : id === 'color' ? 'colours' : undefined}
                    onChange={(text) => {
                      const value = propertyValue(id, text);
                      if (value !== undefined) put([i, 'properties', p], { ...property, value });
                    }}
                  />
                  <button type="button" className={classes.plain} aria-label={`Remove ${id}`} onClick={() => put([i, 'properties', p], undefined)}>
                    Remove
                  </button>
                </div>
              );
            })}
            <button type="button" className={classes.plain} onClick={() => put([i, 'properties'], [...listOf(override['properties']), { id: 'color', value: { mode: 'fixed', fixedColor: 'blue' } }])}>
              Set something else
            </button>
          </fieldset>
        );
      })}
    </fieldset>
  );
}
