import classes from './Builder.module.css';

/** In place of a builder whose words do not suffice for the query in the editor. */
export function Beyond({ onReset }: { onReset: () => void }) {
  return (
    <p className={classes.beyond}>
      This query says more than the builder can show: edit it as text.{' '}
      <button type="button" onClick={onReset}>
        Start over with the builder
      </button>
    </p>
  );
}
