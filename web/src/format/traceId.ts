/**
 * The first eight digits of a trace id that tell it from others: ids of 64 bits (B3, Zipkin, Datadog) begin with 16 zeros, which
 * all of them share.
 */
export function shortTraceId(traceId: string): string {
  return (traceId.length === 32 ? traceId.replace(/^0{8,16}/, '') : traceId).slice(0, 8);
}
