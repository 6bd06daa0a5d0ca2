import { describe, expect, it } from 'vitest';
import { unitOfQuery } from './unitOfQuery';

describe('unitOfQuery', () => {
  it.each([
    ['node_memory_MemFree_bytes', 'bytes'],
    ['rate(node_network_receive_bytes_total[5m])', 'bytesPerSecond'],
    ['sum by (device) (rate(node_network_receive_bytes_total{device!="lo"}[5m]))', 'bytesPerSecond'],
    ['increase(node_network_receive_bytes_total[5m])', 'bytes'],
    ['rate(http_requests_total[5m])', 'perSecond'],
    ['sum(rate(http_request_duration_seconds_count[5m])) by (job)', 'perSecond'],
    ['histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))', 'seconds'],
    ['rate(x_seconds_sum[5m]) / rate(x_seconds_count[5m])', 'seconds'],
    ['rate(process_cpu_seconds_total[5m])', 'none'],
    ['avg_over_time(temperature_celsius[1h])', 'celsius'],
    ['node_filesystem_avail_bytes / node_filesystem_size_bytes', 'ratio'],
    ['(node_filesystem_size_bytes - node_filesystem_avail_bytes) / node_filesystem_size_bytes', 'ratio'],
    ['1 - node_filesystem_avail_bytes / node_filesystem_size_bytes', 'ratio'],
    ['100 * (node_filesystem_avail_bytes / node_filesystem_size_bytes)', 'none'],
    ['rate(errors_total[5m]) / rate(requests_total[5m])', 'ratio'],
    ['node_memory_MemFree_bytes * 8', 'bytes'],
    ['node_memory_MemFree_bytes > 1e9', 'bytes'],
    ['node_memory_MemFree_bytes + node_load1', 'none'],
    ['count(node_memory_MemFree_bytes)', 'none'],
    ['count by (job) (node_boot_time_seconds)', 'none'],
    ['topk(3, node_memory_MemFree_bytes)', 'bytes'],
    ['clamp_max(node_memory_MemFree_bytes, 5)', 'bytes'],
    ['node_memory_MemFree_bytes offset 1h', 'bytes'],
    ['rate(package_joules_total[5m])', 'watts'],
    ['42', 'none'],
    ['up', 'none'],
    ['', 'none'],
    ['sum(', 'none'],
    ['http_requests_total{unit="_bytes"}', 'none'],
  ])('of %s is %s', (expression, unit) => expect(unitOfQuery(expression)).toBe(unit));
});
