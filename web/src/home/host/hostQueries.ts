/** The share of each file system that is used. */
export const DISK_USE = '(node_filesystem_size_bytes - node_filesystem_avail_bytes) / node_filesystem_size_bytes';

/**
 * What the home page asks about hosts, by node exporter's names. Built from vectors only: rate, sum, count and arithmetic between
 * vectors. `window` is at least four scrapes and never under a step, so that no point is left out.
 */
export function hostQueries(stepSeconds: number) {
  const window = `${Math.max(60, stepSeconds)}s`;
  return {
    cpu: `sum by (instance) (rate(node_cpu_seconds_total{mode!="idle"}[${window}])) / count by (instance) (node_cpu_seconds_total{mode="idle"})`,
    memory: '(node_memory_MemTotal_bytes - node_memory_MemAvailable_bytes) / node_memory_MemTotal_bytes',
    receive: `sum by (instance) (rate(node_network_receive_bytes_total{device!="lo"}[${window}]))`,
    transmit: `sum by (instance) (rate(node_network_transmit_bytes_total{device!="lo"}[${window}]))`,
    load: 'node_load1',
  };
}
