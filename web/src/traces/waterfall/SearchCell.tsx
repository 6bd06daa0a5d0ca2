import { formatCount } from '../../format/number';
import classes from './Waterfall.module.css';

interface Props {
  text: string;
  onText: (text: string) => void;
  /** Spans that hold the text, in the order of the waterfall. */
  found: Int32Array;
  cursor: number;
  onGoTo: (node: number) => void;
  onLeave: () => void;
}

/** Searches in the trace: Enter goes to the next span found, Shift+Enter to the one before, Esc back to the spans. */
export function SearchCell({ text, onText, found, cursor, onGoTo, onLeave }: Props) {
  const at = found.indexOf(cursor);
  const go = (by: number) => {
    if (found.length === 0) return;
    const next = at === -1 ? (by > 0 ? 0 : found.length - 1) : (at + by + found.length) % found.length;
    onGoTo(found[next]!);
  };
  return (
    <div className={classes.search}>
      <input
        data-page-search=""
        type="search"
        aria-label="Search in this trace"
        placeholder="Search spans, attributes   /"
        value={text}
        onChange={(event) => onText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') go(event.shiftKey ? -1 : 1);
          else if (event.key === 'Escape') {
            onText('');
            onLeave();
          } else return;
          event.preventDefault();
        }}
      />
      {text.trim() !== '' && (
        <span className={classes.matches} role="status">
          {found.length === 0 ? 'none' : `${at + 1 > 0 ? `${at + 1}/` : ''}${formatCount(found.length)}`}
          <button type="button" aria-label="Previous match" disabled={found.length === 0} onClick={() => go(-1)}>
            ↑
          </button>
          <button type="button" aria-label="Next match" disabled={found.length === 0} onClick={() => go(1)}>
            ↓
          </button>
        </span>
      )}
    </div>
  );
}
