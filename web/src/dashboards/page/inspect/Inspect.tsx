import { Drawer, SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import { CopyButton } from '../../../controls/CopyButton';
import { formatMillis } from '../../../format/duration';
import { formatDateTime } from '../../../format/time';
import { lengthOf } from '../../frames/frame';
import type { DataFrame } from '../../frames/frame';
import { displayName } from '../../frames/names';
import { at } from '../../model/json';
import type { Panel } from '../../model/panel';
import type { PanelData } from '../../query/usePanelData';
import type { Question } from '../../query/targets';
import { useDashboardState } from '../DashboardContext';
import { csvOf } from './csv';
import classes from './Inspect.module.css';

interface Props {
  panel: Panel;
  title: string;
  data: PanelData | undefined;
  questions: readonly Question[];
  onClose: () => void;
}

const MOST_ROWS = 500;

/** Behind a panel: what was asked, what came, how the panel is written. */
export default function Inspect({ panel, title, data, questions, onClose }: Props) {
  const { dashboard } = useDashboardState();
  const [tab, setTab] = useState<'query' | 'data' | 'json'>('query');
  const json = JSON.stringify(at(dashboard.raw, panel.path) ?? null, null, 2);
  return (
    <Drawer opened onClose={onClose} position="right" size="min(760px, 96vw)" title={title || panel.rawType} transitionProps={{ duration: 0 }}>
      <SegmentedControl value={tab} onChange={(value) => setTab(value as typeof tab)} data={[{ value: 'query', label: 'Query' }, { value: 'data', label: 'Data' }, { value: 'json', label: 'JSON' }]} />
      {tab === 'query' && (
        <div>
          {data !== undefined && (
            <p className="dimmed">
              Answered in {formatMillis(data.elapsedMs)}: {data.raw.length} {data.raw.length === 1 ? 'frame' : 'frames'}, {data.raw.reduce((sum, frame) => sum + lengthOf(frame), 0)} rows.
            </p>
          )}
          {questions.length === 0 && <p className="dimmed">This panel asks nothing.</p>}
          {questions.map((question) => (
            <div key={question.refId} className={classes.question}>
              <p>
                <b>{question.refId}</b> {question.source}
                <span className="dimmed">
                  {' '}
                  {formatDateTime(question.startMs)} to {formatDateTime(question.endMs)}, every {formatMillis(question.stepMs)}
                </span>{' '}
                <CopyButton text={question.query} label="Copy" what="the query" />
              </p>
              <pre className="mono">{question.query}</pre>
            </div>
          ))}
        </div>
      )}
      {tab === 'data' && (data === undefined ? <p className="dimmed">Nothing has come yet.</p> : <DataTab frames={data.frames} />)}
      {tab === 'json' && (
        <div className={classes.question}>
          <p>
            <CopyButton text={json} label="Copy" what="the panel" />
          </p>
          <pre className="mono">{json}</pre>
        </div>
      )}
    </Drawer>
  );
}

function DataTab({ frames }: { frames: readonly DataFrame[] }) {
  const [index, setIndex] = useState(0);
  const frame = frames[Math.min(index, frames.length - 1)];
  if (frame === undefined) return <p className="dimmed">The answer is empty.</p>;
  const rows = Math.min(lengthOf(frame), MOST_ROWS);
  const download = () => {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([csvOf(frame, frames)], { type: 'text/csv' }));
    link.download = `${frame.name || 'data'}.csv`;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <div className={classes.question}>
      <p>
        {frames.length > 1 && (
          <select aria-label="Which frame" value={index} onChange={(event) => setIndex(Number(event.currentTarget.value))}>
            {frames.map((one, i) => (
              <option key={i} value={i}>
                {one.refId} {one.fields[1] === undefined ? '' : displayName(one.fields[1], one, frames)}
              </option>
            ))}
          </select>
        )}{' '}
        <button type="button" className={classes.action} onClick={download}>
          Download CSV
        </button>
        {lengthOf(frame) > rows && <span className="dimmed"> The first {rows} of {lengthOf(frame)} rows are shown.</span>}
      </p>
      <div className={classes.scroll}>
        <table className={classes.data}>
          <thead>
            <tr>
              {frame.fields.map((field, i) => (
                <th key={i}>{displayName(field, frame, frames)}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {Array.from({ length: rows }, (_, row) => (
              <tr key={row}>
                {frame.fields.map((field, i) => (
                  <td key={i}>{field.type === 'time' && typeof field.values[row] === 'number' ? formatDateTime(field.values[row], true) : typeof field.values[row] === 'object' ? JSON.stringify(field.values[row]) : String(field.values[row] ?? '')}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
