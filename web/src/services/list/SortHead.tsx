import classes from '../Services.module.css';

interface Props<O extends string> {
  label: string;
  by: O;
  order: O;
  isReversed: boolean;
  onSort: (order: O) => void;
  className?: string;
  title?: string;
}

/** The head of a column that sorts; a second click turns the order round. */
export function SortHead<O extends string>({ label, by, order, isReversed, onSort, className, title }: Props<O>) {
  const isHere = by === order;
  const isAscending = isHere && (by === 'name' ? !isReversed : isReversed);
  return (
    <th className={className} aria-sort={isHere ? (isAscending ? 'ascending' : 'descending') : undefined} title={title}>
      <button type="button" className={classes.sort} onClick={() => onSort(by)}>
        {label} {isHere ? (isAscending ? '↑' : '↓') : ''}
      </button>
    </th>
  );
}
