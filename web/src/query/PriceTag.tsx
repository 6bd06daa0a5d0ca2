import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { messageOf } from '../api/http';
import { queryPrice } from '../api/operations';
import type { Language } from '../api/operations';
import { isDear, priceText, priceTitle } from './price';
import classes from './PriceTag.module.css';

/** So long nothing is typed before the price is asked for. */
const PATIENCE_MS = 400;

/** About as many steps as a chart has. */
const STEPS = 500;

interface Props {
  language: Language;
  /** As it is typed. */
  query: string;
  startMs: number;
  endMs: number;
  /** Whether the query is asked for one time, the end. */
  isInstant?: boolean;
}

/** What a query would read, before it runs. Asked for when typing pauses; a query that has no price, as one that is not finished, says why in its hint. */
export function PriceTag({ language, query, startMs, endMs, isInstant = false }: Props) {
  const text = query.trim();
  const [settled] = useDebouncedValue(text, PATIENCE_MS);
  const stepMs = isInstant ? undefined : Math.max(1, Math.ceil((endMs - startMs) / STEPS));
  const { data, error } = useQuery({
    queryKey: ['price', language, settled, startMs, endMs, stepMs],
    queryFn: ({ signal }) => queryPrice({ language, query: settled, startMs: isInstant ? endMs : startMs, endMs, stepMs }, { signal }),
    enabled: settled !== '',
    retry: false,
    staleTime: 30_000,
  });
  const shown = text !== '' && text === settled;
  const className = `num ${classes.tag}`;
  if (!shown || (data === undefined && error === null)) return <span className={className} />;
  if (data === undefined) {
    return (
      <span className={className} title={`No price: ${messageOf(error)}`}>
        no price
      </span>
    );
  }
  return (
    <span className={className} data-dear={isDear(data)} title={priceTitle(data)} aria-label={`Before it runs: ${priceText(data)}`}>
      {priceText(data)}
    </span>
  );
}
