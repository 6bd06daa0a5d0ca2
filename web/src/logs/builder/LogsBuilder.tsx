import { IconPlus, IconX } from '@tabler/icons-react';
import { useEffect, useMemo, useState } from 'react';
import { lokiLabelValues } from '../../api/loki';
import controls from '../../controls/Controls.module.css';
import { AggregationFields } from '../../query/builder/AggregationFields';
import { Beyond } from '../../query/builder/Beyond';
import classes from '../../query/builder/Builder.module.css';
import { Field } from '../../query/builder/Field';
import { LabelMatches } from '../../query/builder/LabelMatches';
import type { LabelSource } from '../../query/builder/LabelMatches';
import { selectorText } from '../query/logql';
import { labelNames } from '../query/lokiApi';
import { COMPARE_OPS, isWhole, isWindow, LINE_OPS, LOG_OVER, PARSERS, readLogql, takesPattern, writeLogql } from './logqlModel';
import type { CompareOp, LineOp, LogsModel, Parser, Stage } from './logqlModel';

interface Props {
  /** What stands in the editor. */
  query: string;
  startMs: number;
  endMs: number;
  /** Fields that the lines on the screen have. */
  fields: readonly string[];
  /** The query as the builder wrote it; a whole one is to be run. */
  onQuery: (query: string) => void;
}

const WINDOWS = ['10s', '1m', '5m', '10m', '1h'];
const LINE_WORDS: Readonly<Record<LineOp, string>> = { '|=': 'line contains', '!=': 'line lacks', '|~': 'line matches', '!~': 'line does not match' };
const NEW: Readonly<Record<Stage['kind'], Stage>> = {
  line: { kind: 'line', op: '|=', text: '' },
  parser: { kind: 'parser', parser: 'json', pattern: '' },
  label: { kind: 'label', label: '', op: '=', value: '' },
};
const ADD: readonly { kind: Stage['kind']; text: string }[] = [
  { kind: 'line', text: 'Text' },
  { kind: 'parser', text: 'Parser' },
  { kind: 'label', text: 'Field' },
];

/** A question to logs without writing LogQL: each choice rewrites the query above, and what is typed there is shown here. */
export default function LogsBuilder({ query, startMs, endMs, fields, onQuery }: Props) {
  const read = useMemo(() => readLogql(query), [query]);
  // Steps that are not whole are not in the query: kept here until it changes from elsewhere.
  const [draft, setDraft] = useState<{ query: string; model: LogsModel } | null>(null);
  useEffect(() => {
    if (draft !== null && draft.query !== query) setDraft(null);
  }, [draft, query]);
  const model = draft !== null && draft.query === query ? draft.model : read;
  const source = useMemo<LabelSource>(
    () => ({
      key: ['logs', startMs, endMs],
      names: (_, signal) => labelNames(startMs, endMs, signal),
      values: (label, others, signal) => lokiLabelValues(label, { startMs, endMs, query: others.some(({ value }) => value !== '') ? selectorText(others.filter(({ value }) => value !== '')) : undefined }, { signal }),
    }),
    [startMs, endMs],
  );

  if (model === null) return <Beyond onReset={() => onQuery('')} />;
  const change = (patch: Partial<LogsModel>) => {
    const next = { ...model, ...patch };
    const text = writeLogql(next);
    setDraft({ query: text, model: next });
    if (text !== query) onQuery(text);
  };
  const changeStage = (index: number, stage: Stage | null) => change({ stages: model.stages.flatMap((one, i) => (i !== index ? [one] : stage === null ? [] : [stage])) });
  const add = (kind: Stage['kind']) => {
    // A text is sought in the line as it came, which is cheapest before a parser reads it.
    const at = kind === 'line' ? model.stages.findIndex((stage) => stage.kind !== 'line') : -1;
    change({ stages: at === -1 ? [...model.stages, NEW[kind]] : [...model.stages.slice(0, at), NEW[kind], ...model.stages.slice(at)] });
  };

  return (
    <div className={classes.builder} role="group" aria-label="Query builder">
      <div className={classes.line}>
        <span>Streams</span>
        <div className={classes.fields}>
          <LabelMatches matches={model.matchers} source={source} onChange={(matchers) => change({ matchers })} addText="Label" />
        </div>
      </div>
      <div className={classes.line}>
        <span>Lines</span>
        <div className={classes.fields}>
          {model.stages.map((stage, index) => (
            <span key={index} className={classes.group}>
              <StageFields stage={stage} fields={fields} onChange={(next) => changeStage(index, next)} />
              <button type="button" className={classes.remove} aria-label="Remove this step" onClick={() => changeStage(index, null)}>
                <IconX size={12} stroke={2} aria-hidden />
              </button>
            </span>
          ))}
          <span className={classes.group}>
            {ADD.map(({ kind, text }) => (
              <button key={kind} type="button" className={controls.button} disabled={model.matchers.length === 0} onClick={() => add(kind)}>
                <IconPlus size={14} stroke={1.8} aria-hidden /> {text}
              </button>
            ))}
          </span>
        </div>
      </div>
      <div className={classes.line}>
        <span>Show</span>
        <div className={classes.fields}>
          <span className={classes.group}>
            <select className={controls.select} aria-label="What is shown" value={model.over} onChange={(event) => change({ over: event.currentTarget.value })}>
              {LOG_OVER.map(({ name, says }) => (
                <option key={name} value={name}>
                  {says}
                </option>
              ))}
            </select>
            {model.over !== '' && <Field label="Window" value={model.window} options={WINDOWS} width={72} isWrong={!isWindow(model.window)} onCommit={(window) => change({ window: window.trim() })} />}
          </span>
          {model.over !== '' && <AggregationFields aggregation={model.aggregation} labels={[...new Set([...model.matchers.map(({ label }) => label), 'detected_level', ...fields])].filter((label) => label !== '')} onOpen={() => undefined} onChange={(aggregation) => change({ aggregation })} />}
        </div>
      </div>
    </div>
  );
}

function StageFields({ stage, fields, onChange }: { stage: Stage; fields: readonly string[]; onChange: (stage: Stage) => void }) {
  if (stage.kind === 'line') {
    return (
      <>
        <select className={controls.select} aria-label="How the text is sought" value={stage.op} onChange={(event) => onChange({ ...stage, op: event.currentTarget.value as LineOp })}>
          {LINE_OPS.map((op) => (
            <option key={op} value={op}>
              {LINE_WORDS[op]}
            </option>
          ))}
        </select>
        <Field label="Text" value={stage.text} options={[]} width={180} onCommit={(text) => onChange({ ...stage, text })} />
      </>
    );
  }
  if (stage.kind === 'parser') {
    return (
      <>
        <select className={controls.select} aria-label="Parser" value={stage.parser} onChange={(event) => onChange({ ...stage, parser: event.currentTarget.value as Parser })}>
          {PARSERS.map((parser) => (
            <option key={parser} value={parser}>
              read as {parser}
            </option>
          ))}
        </select>
        {takesPattern(stage.parser) && <Field label={stage.parser === 'pattern' ? 'Pattern' : 'Expression'} placeholder={stage.parser === 'pattern' ? '<ip> - <_>' : '(?P<name>…)'} value={stage.pattern} options={[]} width={180} onCommit={(pattern) => onChange({ ...stage, pattern })} />}
      </>
    );
  }
  return (
    <>
      <Field label="Field" value={stage.label} options={fields} width={130} onCommit={(label) => onChange({ ...stage, label })} />
      <select className={controls.select} aria-label={`Comparison of ${stage.label || 'the field'}`} value={stage.op} onChange={(event) => onChange({ ...stage, op: event.currentTarget.value as CompareOp })}>
        {COMPARE_OPS.map((op) => (
          <option key={op} value={op}>
            {op}
          </option>
        ))}
      </select>
      <Field label={stage.label === '' ? 'Value' : `Value of ${stage.label}`} placeholder="Value" value={stage.value} options={[]} width={120} isWrong={stage.label !== '' && !isWhole(stage)} onCommit={(value) => onChange({ ...stage, value })} />
    </>
  );
}
