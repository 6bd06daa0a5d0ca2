import { PagePending } from '../app/PageStates';

/** Placeholder until the page is written. */
export default function HomePage() {
  return <PagePending />;
}
