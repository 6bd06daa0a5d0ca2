using System.Text;
using Google.Protobuf;
using Triptych.Ingest.Tests.Jaeger;
using Triptych.Ingest.Tests.Protos.Jaeger;

namespace Triptych.Fuzz.Tests.Ingest;

/// <summary>Valid bodies of Jaeger and Zipkin.</summary>
internal static class SpanCorpus
{
    private const long StartMicros = 1_700_000_000_000_000;

    public static readonly byte[][] JaegerThrift =
    [
        ThriftBatch.Batch("shop", [ThriftBatch.Tag("host", "h"), ThriftBatch.Tag("pid", 7L)], Span(1), Span(2), Span(3)),
        ThriftBatch.Batch("é", [], ThriftBatch.Span(5, 0, 6, 0, "", StartMicros, 0)),
    ];

    public static readonly byte[][] JaegerProtobuf =
    [
        new PostSpansRequest
        {
            Batch = new Batch { Process = new Process { ServiceName = "shop", Tags = { Text("host", "h") } }, Spans = { ProtoSpan(1), ProtoSpan(2) } },
        }.ToByteArray(),
    ];

    public static readonly byte[][] ZipkinJson =
    [
        Encoding.UTF8.GetBytes("""
            [{"traceId":"000000000000000200000000000000aB","parentId":"0000000000000004","id":"0000000000000003","kind":"CLIENT","name":"n\u00e9\ud83d\ude00",
            "timestamp":1700000000000000,"duration":1500,"debug":true,"localEndpoint":{"serviceName":"shop","ipv4":"10.0.0.1","port":80},
            "remoteEndpoint":{"serviceName":"db","ipv6":"::1"},"annotations":[{"timestamp":1700000000000010,"value":"ws"}],
            "tags":{"http.path":"/a\"b","error":"bad","w3c.tracestate":"a=b","otel.scope.name":"l"}},{"traceId":"1","id":"2","timestamp":1.5e9}]
            """),
    ];

    private static ThriftBatch Span(long id) => ThriftBatch.Span(1, 2, id, id - 1, "op", StartMicros, 1500)
        .List(10, ThriftBatch.Tag("span.kind", "server"), ThriftBatch.Tag("real", double.NaN), ThriftBatch.Tag("error", true),
            ThriftBatch.Tag("bytes", new byte[] { 1, 0xff }), ThriftBatch.Tag("http.status_message", "m"), ThriftBatch.Tag("otel.scope.name", "l"))
        .List(6, new ThriftBatch().Small(1, 1).Number(2, 9).Number(3, 8).Number(4, 7), new ThriftBatch().Small(1, 0).Number(2, 1).Number(3, 2).Number(4, 5))
        .List(11, new ThriftBatch().Number(1, StartMicros).List(2, ThriftBatch.Tag("event", "e"), ThriftBatch.Tag("n", 2L)))
        .Map(42, (1, "a"));

    private static JaegerSpan ProtoSpan(byte id) => new()
    {
        TraceId = ByteString.CopyFrom(0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2),
        SpanId = ByteString.CopyFrom(0, 0, 0, 0, 0, 0, 0, id),
        OperationName = "op",
        Flags = 1,
        StartTime = new Moment { Seconds = 1_700_000_000, Nanos = 1 },
        Duration = new Moment { Seconds = 2, Nanos = 3 },
        Tags =
        {
            Text("span.kind", "client"), new Tag { Key = "f", VType = 3, VFloat64 = 0.5 }, new Tag { Key = "b", VType = 4, VBinary = ByteString.CopyFrom(1) },
        },
        References = { new Reference { TraceId = ByteString.CopyFrom(new byte[16]), SpanId = ByteString.CopyFrom(new byte[8]), RefType = 1 } },
        Logs = { new LogEntry { Timestamp = new Moment { Seconds = 1_700_000_000 }, Fields = { Text("event", "e"), Text("k", "v") } } },
        Process = new Process { ServiceName = "own" },
        Warnings = { "w" },
    };

    private static Tag Text(string key, string value) => new() { Key = key, VStr = value };
}
