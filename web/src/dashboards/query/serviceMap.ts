import { queryInstant } from '../../api/prometheus';
import type { Labels, VectorSample } from '../../api/prometheus';
import { fieldOf, frameOf } from '../frames/frame';
import type { DataFrame } from '../frames/frame';

/** Nodes and edges of the service graph, from the metrics that traces give. `selector` narrows them: `{client="shop"}`. */
export async function serviceMapFrames(selector: string, startMs: number, endMs: number, refId: string, signal: AbortSignal): Promise<DataFrame[]> {
  const window = `${Math.max(60, Math.round((endMs - startMs) / 1000))}s`;
  const ask = async (name: string) => {
    const { data } = await queryInstant(`sum by (client, server) (rate(${name}${selector}[${window}]))`, endMs, { signal });
    return data.resultType === 'vector' ? (data.result as VectorSample[]) : [];
  };
  const [total, failed, seconds] = await Promise.all(['traces_service_graph_request_total', 'traces_service_graph_request_failed_total', 'traces_service_graph_request_server_seconds_sum'].map(ask));
  const edge = ({ client, server }: Labels) => `${client ?? ''}\u0001${server ?? ''}`;
  const by = (samples: readonly VectorSample[]) => new Map(samples.map((sample) => [edge(sample.metric), Number(sample.value?.[1] ?? 0)]));
  const failures = by(failed!);
  const times = by(seconds!);
  const edges = total!.map(({ metric, value }) => {
    const rate = Number(value?.[1] ?? 0);
    return { source: metric['client'] ?? '', target: metric['server'] ?? '', rate, failed: failures.get(edge(metric)) ?? 0, seconds: times.get(edge(metric)) ?? 0 };
  });
  const names = [...new Set(edges.flatMap((one) => [one.source, one.target]))].sort();
  const nodes = names.map((name) => {
    const into = edges.filter((one) => one.target === name);
    const own = into.length > 0 ? into : edges.filter((one) => one.source === name);
    const sum = (pick: (one: (typeof edges)[number]) => number) => own.reduce((all, one) => all + pick(one), 0);
    const rate = sum((one) => one.rate);
    return { name, rate, latencyMs: rate === 0 ? null : (sum((one) => one.seconds) / rate) * 1000, share: rate === 0 ? 0 : sum((one) => one.failed) / rate };
  });
  return [
    frameOf(
      refId,
      [
        fieldOf('id', 'string', names),
        fieldOf('title', 'string', names),
        fieldOf('mainstat', 'number', nodes.map((node) => node.latencyMs), { config: { unit: 'ms', displayName: 'Average response time' } }),
        fieldOf('secondarystat', 'number', nodes.map((node) => node.rate), { config: { unit: 'reqps', displayName: 'Requests per second' } }),
        fieldOf('arc__failed', 'number', nodes.map((node) => node.share), { config: { color: { mode: 'fixed', fixedColor: 'red', seriesBy: 'last' } } }),
        fieldOf('arc__success', 'number', nodes.map((node) => 1 - node.share), { config: { color: { mode: 'fixed', fixedColor: 'green', seriesBy: 'last' } } }),
      ],
      { kind: 'nodes', name: 'Nodes' },
    ),
    frameOf(
      refId,
      [
        fieldOf('id', 'string', edges.map((one) => `${one.source}_${one.target}`)),
        fieldOf('source', 'string', edges.map((one) => one.source)),
        fieldOf('target', 'string', edges.map((one) => one.target)),
        fieldOf('mainstat', 'number', edges.map((one) => one.rate), { config: { unit: 'reqps' } }),
        fieldOf('secondarystat', 'number', edges.map((one) => (one.rate === 0 ? null : (one.seconds / one.rate) * 1000)), { config: { unit: 'ms' } }),
      ],
      { kind: 'edges', name: 'Edges' },
    ),
  ];
}
