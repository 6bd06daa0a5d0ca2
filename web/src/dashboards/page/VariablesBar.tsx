import { useEffect, useState } from 'react';
import { messageOf } from '../../api/http';
import type { AdHocFilter } from '../model/variable';
import { filterToAddress } from '../variables/adHoc';
import type { Resolved } from '../variables/resolveVariables';
import classes from './Page.module.css';
import { ValuePicker } from './ValuePicker';

interface Props {
  resolved: readonly Resolved[];
  loading: boolean;
  error: Error | null;
  /** An empty list stands for "nothing chosen". */
  onChange: (name: string, values: string[]) => void;
}

/** A choice for each variable that is not hidden. */
export function VariablesBar({ resolved, loading, error, onChange }: Props) {
  const visible = resolved.filter((one) => one.variable.hide !== 'all' && one.variable.type !== 'constant');
  if (error !== null) {
    return (
      <div className={classes.failure} role="alert">
        <p>The variables could not be asked for: {messageOf(error)}</p>
      </div>
    );
  }
  if (visible.length === 0) return null;
  return (
    <div className={classes.variables} data-loading={loading}>
      {visible.map((one) => {
        const { variable } = one;
        const label = variable.hide === 'label' ? '' : variable.label || variable.name;
        return (
          <div key={variable.name} className={classes.variable} title={variable.description || undefined}>
            {label !== '' && <span className={classes.variableName}>{label}</span>}
            {variable.type === 'textbox' ? (
              <TextValue label={label || variable.name} value={one.choice.values[0] ?? ''} onChange={(value) => onChange(variable.name, [value])} />
            ) : variable.type === 'adhoc' ? (
              <Filters filters={one.filters} onChange={(filters) => onChange(variable.name, filters.map(filterToAddress))} />
            ) : (
              <ValuePicker resolved={one} onChange={(values) => onChange(variable.name, values)} />
            )}
          </div>
        );
      })}
    </div>
  );
}

/** Takes what was typed on Enter and when it is left. */
function TextValue({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  const take = () => {
    if (typed !== value) onChange(typed);
  };
  return <input className={classes.textValue} aria-label={label} value={typed} spellCheck={false} onChange={(event) => setTyped(event.currentTarget.value)} onBlur={take} onKeyDown={(event) => event.key === 'Enter' && take()} />;
}

function Filters({ filters, onChange }: { filters: readonly AdHocFilter[]; onChange: (filters: AdHocFilter[]) => void }) {
  const [draft, setDraft] = useState('');
  const add = () => {
    const parts = /^\s*([\w.:-]+)\s*(=~|!~|!=|=)\s*"?(.*?)"?\s*$/.exec(draft);
    if (parts === null) return;
    onChange([...filters, { key: parts[1]!, operator: parts[2]!, value: parts[3]! }]);
    setDraft('');
  };
  return (
    <span className={classes.filters}>
      {filters.map((filter, i) => (
        <button key={i} type="button" onClick={() => onChange(filters.filter((_, other) => other !== i))} aria-label={`Remove the filter ${filter.key} ${filter.operator} ${filter.value}`}>
          {filter.key} {filter.operator} {filter.value} ×
        </button>
      ))}
      <input className={classes.textValue} aria-label="Add a filter" placeholder="label = value" value={draft} spellCheck={false} onChange={(event) => setDraft(event.currentTarget.value)} onKeyDown={(event) => event.key === 'Enter' && add()} />
    </span>
  );
}
