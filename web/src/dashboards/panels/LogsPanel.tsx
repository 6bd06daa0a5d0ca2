import { useVirtualizer } from '@tanstack/react-virtual';
import { useMemo, useRef, useState } from 'react';
import type { Labels } from '../../api/prometheus';
import { formatDateTime } from '../../format/time';
import { detectLevel } from '../../logs/parse/level';
import { LEVEL_COLOURS } from '../../logs/view/levelColours';
import { flagOf, textOf } from '../model/json';
import { NoValues } from './NoValues';
import type { PanelProps } from './panelProps';
import classes from './Panels.module.css';

interface Line {
  timeMs: number;
  text: string;
  labels: Labels;
}

/** Lines of a log, newest first unless told otherwise; drawn by demand. A click shows the whole of a line. */
export default function LogsPanel({ panel, frames, width, height }: PanelProps) {
  const { options } = panel;
  const scroller = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const lines = useMemo(() => {
    const all = frames.filter((frame) => frame.kind === 'logs').flatMap((frame): Line[] => {
      const [labels, times, texts] = frame.fields;
      return (texts?.values ?? []).map((text, i) => ({ text: String(text), timeMs: (times?.values[i] as number) ?? 0, labels: (labels?.values[i] as Labels) ?? {} }));
    });
    const up = textOf(options['sortOrder']) === 'Ascending';
    return all.sort((a, b) => (up ? a.timeMs - b.timeMs : b.timeMs - a.timeMs));
  }, [frames, options]);
  const wrap = flagOf(options['wrapLogMessage']);
  const letters = Math.max(20, (width - (flagOf(options['showTime'], true) ? 190 : 30)) / 7.3);
  const virtual = useVirtualizer({ count: lines.length, getScrollElement: () => scroller.current, estimateSize: (i) => (wrap || open.has(i) ? Math.max(1, Math.ceil((lines[i]?.text.length ?? 0) / letters)) * 20 : 20), overscan: 10, initialRect: { width, height } });
  if (lines.length === 0) return <NoValues panel={panel} />;
  return (
    <div ref={scroller} className={`mono ${classes.logs}`} style={{ height }} tabIndex={0} role="log" aria-label={`${panel.title}: ${lines.length} lines`}>
      <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {virtual.getVirtualItems().map((item) => {
          const line = lines[item.index]!;
          const opened = open.has(item.index);
          return (
            <div
              key={item.key}
              ref={virtual.measureElement}
              data-index={item.index}
              className={classes.log}
              data-wrap={wrap || opened}
              style={{ position: 'absolute', top: 0, left: 0, width: '100%', transform: `translateY(${item.start}px)`, borderLeftColor: LEVEL_COLOURS[detectLevel(line.text, line.labels)] }}
              onClick={() =>
                setOpen((before) => {
                  const next = new Set(before);
                  if (!next.delete(item.index)) next.add(item.index);
                  return next;
                })
              }
            >
              {flagOf(options['showTime'], true) && <time>{formatDateTime(line.timeMs, true)}</time>}
              {flagOf(options['showLabels']) && <em>{Object.entries(line.labels).map(([name, value]) => `${name}=${value}`).join(' ')}</em>}
              <span>{wrap || opened ? line.text : line.text.slice(0, 2000).replaceAll('\n', ' ')}</span>
            </div>
          );
        })}
      </div>
    </div>
  );
}
