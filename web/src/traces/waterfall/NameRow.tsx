import { memo } from 'react';
import { formatCount } from '../../format/number';
import classes from './Waterfall.module.css';

/** Indentation stops growing at this depth; the depth is then written instead. */
const MAX_INDENT_DEPTH = 24;

interface Props {
  id: string;
  node: number;
  topPx: number;
  depth: number;
  position: number;
  name: string;
  service: string;
  colour: string;
  isError: boolean;
  isMarker: boolean;
  isCycle: boolean;
  childCount: number;
  hiddenCount: number;
  isCollapsed: boolean;
  isSelected: boolean;
  isCursor: boolean;
  isMatch: boolean;
  isFaded: boolean;
  durationText: string;
}

/** One span at the left of the waterfall. Clicks are handled by the container, so that a row mounts with no closures of its own. */
export const NameRow = memo(function NameRow(p: Props) {
  const indent = `calc(${Math.min(p.depth, MAX_INDENT_DEPTH)} * var(--indent))`;
  return (
    <div
      id={p.id}
      role="treeitem"
      aria-level={p.depth + 1}
      aria-selected={p.isSelected}
      {...(p.childCount > 0 ? { 'aria-expanded': !p.isCollapsed } : {})}
      aria-label={`${p.isError ? 'error, ' : ''}${p.service} ${p.name}, ${p.durationText}`}
      className={classes.row}
      data-node={p.node}
      data-selected={p.isSelected || undefined}
      data-cursor={p.isCursor || undefined}
      style={{ transform: `translateY(${p.topPx}px)` }}
    >
      <div className={classes.name} data-faded={p.isFaded || undefined} data-match={p.isMatch || undefined}>
        <span style={{ width: indent, flex: 'none' }} className={classes.indent}>
          {p.depth > MAX_INDENT_DEPTH ? <span className={classes.depth}>{p.depth}</span> : null}
        </span>
        {p.childCount > 0 ? (
          <span className={classes.caret} data-caret="" aria-hidden="true">
            {p.isCollapsed ? '▸' : '▾'}
          </span>
        ) : (
          <span className={classes.caret} aria-hidden="true" />
        )}
        <span className={classes.stripe} style={{ background: p.colour }} />
        {p.isError && (
          <span className={classes.error} title="This span failed">
            !
          </span>
        )}
        {p.isMarker ? (
          <span
            className={classes.missing}
            title="Spans below name this span as their parent, but it is not in the trace: it was not sent, not sampled, or has not arrived yet"
          >
            missing parent <span className={classes.id}>{p.name}</span>
          </span>
        ) : (
          <>
            <span className={classes.operation}>{p.name}</span>
            <span className={classes.service}>{p.service}</span>
          </>
        )}
        {p.isCycle && (
          <span className={classes.note} title="The parents of this span lead back to itself; it is shown at the top">
            cycle
          </span>
        )}
        {p.isCollapsed && <span className={classes.note}>+{formatCount(p.hiddenCount)}</span>}
      </div>
    </div>
  );
});
