import { Kbd, Modal } from '@mantine/core';
import classes from './KeysHelp.module.css';
import { PLACES } from './places';

const COMMAND = /Mac|iPhone|iPad/.test(navigator.platform) ? '⌘' : 'Ctrl';

const KEYS: readonly { keys: string[]; does: string }[] = [
  { keys: [COMMAND, 'K'], does: 'Search: go to a page, open a trace by its id' },
  { keys: ['/'], does: 'Go to the search field of the page' },
  ...PLACES.map((place) => ({ keys: ['g', place.key], does: `Go to ${place.title}` })),
  { keys: [COMMAND, 'Enter'], does: 'Run the query' },
  { keys: ['Esc'], does: 'Close what is open' },
  { keys: ['?'], does: 'Show this list' },
];

const POINTER: readonly { keys: string[]; does: string }[] = [
  { keys: ['drag over a chart'], does: 'Zoom to that time' },
  { keys: ['double click'], does: 'Return to the range before' },
  { keys: ['click in the legend'], does: 'Show only that series' },
  { keys: [`${COMMAND} click`], does: 'Show or hide one series more' },
];

export default function KeysHelp({ onClose }: { onClose: () => void }) {
  return (
    <Modal opened onClose={onClose} title="Keys" size="md" closeButtonProps={{ 'aria-label': 'Close' }} transitionProps={{ duration: 0 }}>
      <dl className={classes.list}>
        {[...KEYS, ...POINTER].map(({ keys, does }) => (
          <div key={does} className={classes.row}>
            <dt>
              {keys.map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
