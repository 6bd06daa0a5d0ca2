import { ActionIcon, Menu, Tooltip } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconClockPause, IconClockPlay, IconLink } from '@tabler/icons-react';
import { useTimeRange } from '../time/TimeRangeProvider';
import { shareAddress } from './shareAddress';

/** Copies a link to what is on the screen: with the times as they are now, so that others see the same later, or as they are chosen. */
export function ShareButton() {
  const range = useTimeRange();
  const copy = async (isFixed: boolean) => {
    const address = shareAddress(window.location.href, range, Date.now(), isFixed);
    try {
      await navigator.clipboard.writeText(address);
      notifications.show({ message: isFixed ? 'Link copied, with the times as they are now.' : 'Link copied, with the range as it is chosen.' });
    } catch {
      // Browsers give the clipboard only to pages from localhost or by TLS.
      notifications.show({ color: 'red', title: 'The browser refuses the clipboard here', message: address, autoClose: false });
    }
  };
  return (
    <Menu position="bottom-end" offset={4} transitionProps={{ duration: 0 }}>
      <Menu.Target>
        <Tooltip label="Copy a link to what you see">
          <ActionIcon size={30} variant="default" aria-label="Copy a link to what you see">
            <IconLink size={16} stroke={1.6} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconClockPause size={16} stroke={1.6} />} onClick={() => void copy(true)}>
          Copy link, times as they are now
        </Menu.Item>
        <Menu.Item leftSection={<IconClockPlay size={16} stroke={1.6} />} disabled={!range.relative} onClick={() => void copy(false)}>
          Copy link, times that move on
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
