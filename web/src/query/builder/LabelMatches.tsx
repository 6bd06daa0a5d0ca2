import { IconPlus, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import controls from '../../controls/Controls.module.css';
import classes from './Builder.module.css';
import { Field } from './Field';
import { MATCH_OPS } from './tokens';
import type { LabelMatch, MatchOp } from './tokens';

/** Where names and values come from; values are those beside the other filters. */
export interface LabelSource {
  /** Tells sources apart that answer differently. */
  key: readonly unknown[];
  names: (others: readonly LabelMatch[], signal: AbortSignal) => Promise<string[]>;
  values: (label: string, others: readonly LabelMatch[], signal: AbortSignal) => Promise<string[]>;
}

interface Props {
  matches: readonly LabelMatch[];
  source: LabelSource;
  onChange: (matches: readonly LabelMatch[]) => void;
  /** What adds one more. */
  addText: string;
}

/** Filters on labels, each with its name, its comparison and its value. */
export function LabelMatches({ matches, source, onChange, addText }: Props) {
  const change = (index: number, patch: Partial<LabelMatch>) => onChange(matches.map((one, i) => (i === index ? { ...one, ...patch } : one)));
  return (
    <>
      {matches.map((match, index) => (
        <LabelMatchRow
          key={index}
          match={match}
          others={matches.filter((one, i) => i !== index && one.label !== '')}
          source={source}
          onChange={(patch) => change(index, patch)}
          onRemove={() => onChange(matches.filter((_, i) => i !== index))}
        />
      ))}
      <button type="button" className={controls.button} onClick={() => onChange([...matches, { label: '', op: '=', value: '' }])}>
        <IconPlus size={14} stroke={1.8} aria-hidden /> {addText}
      </button>
    </>
  );
}

function LabelMatchRow({ match, others, source, onChange, onRemove }: { match: LabelMatch; others: readonly LabelMatch[]; source: LabelSource; onChange: (patch: Partial<LabelMatch>) => void; onRemove: () => void }) {
  const [isNaming, setNaming] = useState(match.label === '');
  const [isValuing, setValuing] = useState(false);
  const names = useQuery({ queryKey: ['builder-names', ...source.key, others], enabled: isNaming, staleTime: 30_000, retry: false, queryFn: ({ signal }) => source.names(others, signal) });
  const values = useQuery({ queryKey: ['builder-values', ...source.key, match.label, others], enabled: isValuing && match.label !== '', staleTime: 30_000, retry: false, queryFn: ({ signal }) => source.values(match.label, others, signal) });
  return (
    <span className={classes.group} title={names.error?.message ?? values.error?.message}>
      <Field label="Label" value={match.label} options={names.data ?? []} width={130} onOpen={() => setNaming(true)} onCommit={(label) => onChange({ label, value: '' })} />
      <select className={controls.select} aria-label={`Comparison of ${match.label || 'the label'}`} value={match.op} onChange={(event) => onChange({ op: event.currentTarget.value as MatchOp })}>
        {MATCH_OPS.map((op) => (
          <option key={op} value={op}>
            {op}
          </option>
        ))}
      </select>
      <Field label={match.label === '' ? 'Value' : `Value of ${match.label}`} placeholder="Value" value={match.value} options={values.data ?? []} width={150} onOpen={() => setValuing(true)} onCommit={(value) => onChange({ value })} />
      <button type="button" className={classes.remove} aria-label={`Remove the filter on ${match.label || 'nothing'}`} onClick={onRemove}>
        <IconX size={12} stroke={2} aria-hidden />
      </button>
    </span>
  );
}
