import { TagsInput } from '@mantine/core';
import controls from '../../controls/Controls.module.css';
import classes from './Builder.module.css';
import { Field } from './Field';
import { AGGREGATES, isCounted } from './tokens';
import type { Aggregation } from './tokens';

interface Props {
  aggregation: Aggregation;
  labels: readonly string[];
  /** Told when names of labels are wanted. */
  onOpen: () => void;
  onChange: (aggregation: Aggregation) => void;
}

/** How the results are put together: `sum by (job)`. */
export function AggregationFields({ aggregation, labels, onOpen, onChange }: Props) {
  const change = (patch: Partial<Aggregation>) => onChange({ ...aggregation, ...patch });
  return (
    <span className={classes.group}>
      <select className={controls.select} aria-label="Put together" value={aggregation.aggregate} onChange={(event) => change({ aggregate: event.currentTarget.value })}>
        <option value="">each by itself</option>
        {AGGREGATES.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
      {isCounted(aggregation.aggregate) && <Field label="How many" value={aggregation.count} options={['3', '5', '10', '20']} width={64} onCommit={(count) => /^\d+$/.test(count) && change({ count })} />}
      {aggregation.aggregate !== '' && (
        <>
          <select className={controls.select} aria-label="By or without" value={aggregation.grouping} onChange={(event) => change({ grouping: event.currentTarget.value as Aggregation['grouping'] })}>
            <option value="by">by</option>
            <option value="without">without</option>
          </select>
          <TagsInput
            size="xs"
            miw={140}
            maw={320}
            aria-label="Labels to group by"
            placeholder={aggregation.labels.length === 0 ? 'all in one' : undefined}
            data={[...labels]}
            value={[...aggregation.labels]}
            onFocus={onOpen}
            onChange={(next) => change({ labels: next.filter((label) => label.trim() !== '') })}
            limit={200}
          />
        </>
      )}
    </span>
  );
}
