import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { queryInstant } from '../../api/prometheus';
import { useTimeRange } from '../../time/TimeRangeProvider';
import { fullestDisks } from './disks';
import { DISK_USE } from './hostQueries';

/** How full the file systems are at the end of the time range, fullest first. */
export function useDisks() {
  const { endMs, tick } = useTimeRange();
  return useQuery({
    queryKey: ['metrics', 'disks', endMs, tick],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => fullestDisks((await queryInstant(DISK_USE, endMs, { signal })).data),
  });
}
