import type { InstantData } from '../../api/prometheus';

export interface Disk {
  key: string;
  name: string;
  title: string;
  /** Share of the space, 0 to 1. */
  used: number;
  state: 'good' | 'warn' | 'bad';
}

const MOST = 6;
const FILLING = 0.85;
const FULL = 0.95;
/** File systems that live in memory or belong to packages fill up by design. */
const NOT_DISKS = /^(tmpfs|devtmpfs|ramfs|squashfs|overlay|efivarfs|fuse\..*)$/;

/** The fullest file systems, one for each device. */
export function fullestDisks(data: InstantData): Disk[] {
  if (data.resultType !== 'vector') return [];
  const byDevice = new Map<string, Disk>();
  const instances = new Set(data.result.map((sample) => sample.metric['instance'] ?? ''));
  for (const { metric, value } of data.result) {
    const used = Number(value?.[1] ?? NaN);
    if (!Number.isFinite(used) || NOT_DISKS.test(metric['fstype'] ?? '')) continue;
    const instance = metric['instance'] ?? '';
    const mountpoint = metric['mountpoint'] ?? metric['device'] ?? 'disk';
    const key = `${instance}\u0001${metric['device'] ?? mountpoint}`;
    const before = byDevice.get(key);
    // The same device mounted in several places: the shortest path names it.
    if (before && before.name.length <= mountpoint.length) continue;
    byDevice.set(key, {
      key,
      name: instances.size > 1 ? `${instance} ${mountpoint}` : mountpoint,
      title: `${metric['device'] ?? ''} ${metric['fstype'] ?? ''} at ${mountpoint} on ${instance}`,
      used,
      state: used >= FULL ? 'bad' : used >= FILLING ? 'warn' : 'good',
    });
  }
  return [...byDevice.values()].sort((a, b) => b.used - a.used).slice(0, MOST);
}
