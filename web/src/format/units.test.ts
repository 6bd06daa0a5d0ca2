import { describe, expect, it } from 'vitest';
import { axisLabels, gridSteps, unitOfMetricName } from './units';

const plain = (labels: string[]) => labels.map((label) => label.replaceAll('\u00a0', ' '));

describe('axisLabels', () => {
  it('writes round steps briefly', () => expect(plain(axisLabels([0, 512, 1024], 'bytes'))).toEqual(['0 B', '512 B', '1 KiB']));
  it('takes more digits where three would write neighbours alike', () => expect(axisLabels([100.01, 100.02, 100.03], 'none')).toEqual(['100.01', '100.02', '100.03']));
  it('ends when no number of digits helps', () => expect(axisLabels([1, 1], 'none')).toEqual(['1', '1']));
});

describe('gridSteps', () => {
  it('ascends in each unit', () => {
    for (const unit of ['none', 'bytes', 'seconds', 'ratio'] as const) {
      const steps = gridSteps(unit);
      expect(steps).toEqual([...steps].sort((a, b) => a - b));
    }
  });
  it('has minutes and hours for durations', () => expect(gridSteps('seconds')).toEqual(expect.arrayContaining([60, 300, 3600])));
});

describe('unitOfMetricName', () => {
  it.each([
    ['node_memory_MemTotal_bytes', 'bytes'],
    ['http_request_duration_seconds_bucket', 'seconds'],
    ['node_network_receive_bytes_total', 'bytes'],
    ['cache_hit_ratio', 'ratio'],
    ['http_requests_total', 'none'],
    ['up', 'none'],
  ])('finds of %s %s', (name, unit) => expect(unitOfMetricName(name)).toBe(unit));
});
