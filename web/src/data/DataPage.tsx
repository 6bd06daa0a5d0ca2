import { PagePending } from '../app/PageStates';

/** Placeholder until the page is written. */
export default function DataPage() {
  return <PagePending />;
}
