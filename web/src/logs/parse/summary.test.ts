import { describe, expect, it } from 'vitest';
import { summaryOf } from './summary';

describe('summaryOf', () => {
  it('puts the message first and leaves out what the row shows elsewhere', () => {
    const line = '{"level":40,"time":1795273110657,"trace_id":"86a2540b00d49353e28a06c9de991a79","span_id":"85e9b885fc209584","trace_flags":"01","status":409,"req":{"path":"/orders"},"msg":"request served"}';
    expect(summaryOf(line)).toEqual({
      message: 'request served',
      particulars: [
        { name: 'status', value: '409' },
        { name: 'req.path', value: '/orders' },
      ],
    });
  });

  it('reads logfmt, too', () => expect(summaryOf('level=warn msg="disk full" free=0')).toEqual({ message: 'disk full', particulars: [{ name: 'free', value: '0' }] }));

  it.each(['plain text', '{"a":1}', '{"msg":""}', '{"msg":'])('leaves %s as it is', (line) => expect(summaryOf(line)).toBeNull());
});
