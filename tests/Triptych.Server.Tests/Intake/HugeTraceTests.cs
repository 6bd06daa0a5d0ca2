using System.Buffers.Binary;
using System.Text.Json;
using Google.Protobuf;
using Triptych.Ingest.Tests.Protos.Otlp;

namespace Triptych.Server.Tests.Intake;

/// <summary>Traces of many spans, and traces whose spans come in several requests and lie minutes apart, are one.</summary>
public sealed class HugeTraceTests : IAsyncLifetime
{
    private const int Spans = 100_000;
    private const int SpansOfRequest = 10_000;

    private static readonly byte[] Huge = [.. Enumerable.Repeat((byte)7, 16)];
    private static readonly byte[] Long = [.. Enumerable.Repeat((byte)9, 16)];

    private readonly ServerProcess _server = new();

    public async ValueTask InitializeAsync() => await _server.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_trace_of_100_000_spans_is_one()
    {
        var begin = Bodies.NowNanos - 60_000_000_000;
        for (var first = 1; first <= Spans; first += SpansOfRequest)
        {
            // A chain of tens: each tenth span hangs below the one ten before it, the others below the tenth.
            var spans = Enumerable.Range(first, SpansOfRequest)
                .Select(n => NewSpan(Huge, n, n == 1 ? 0 : n % 10 == 1 ? n - 10 : n - ((n - 1) % 10), begin + ((ulong)n * 1000)));
            var posted = await Wire.PostAsync(_server.Url(_server.OtlpHttpPort, "/v1/traces"), Bodies.Traces("huge", [.. spans]), Wire.Protobuf);
            posted.Status.ShouldBe(200, posted.Text);
        }

        var id = Convert.ToHexStringLower(Huge);
        using (var found = await GetAsync("/api/search?q=" + Uri.EscapeDataString("{ } | count() = 100000") + "&spss=1"))
        {
            var trace = found.RootElement.GetProperty("traces").EnumerateArray().ShouldHaveSingleItem();
            trace.GetProperty("spanSets")[0].GetProperty("matched").GetInt32().ShouldBe(Spans);
            trace.GetProperty("serviceStats").GetProperty("huge").GetProperty("spanCount").GetInt32().ShouldBe(Spans);
        }

        // The last link of the chain hangs below the first span, ten thousand levels up.
        using (var deep = await GetAsync("/api/search?q=" + Uri.EscapeDataString("{ name = \"op-1\" } >> { name = \"op-99991\" }")))
        {
            deep.RootElement.GetProperty("traces").EnumerateArray().ShouldHaveSingleItem();
        }

        using (var whole = await GetAsync("/api/traces/" + id))
        {
            whole.RootElement.GetProperty("batches").EnumerateArray()
                .Sum(b => b.GetProperty("scopeSpans").EnumerateArray().Sum(s => s.GetProperty("spans").GetArrayLength())).ShouldBe(Spans);
        }

        using var counted = await GetAsync("/api/metrics/query?since=1h&q=" + Uri.EscapeDataString("{ } > { } | count_over_time()"));
        counted.RootElement.GetProperty("series")[0].GetProperty("value").GetInt32().ShouldBe(Spans - 1);
    }

    [Fact]
    public async Task Spans_minutes_apart_are_one_trace_however_they_come()
    {
        var now = Bodies.NowNanos;
        const ulong minute = 60_000_000_000;
        // The last first, and the root in the middle.
        foreach (var (span, parent, minutes) in new[] { (3, 2, 1), (1, 0, 45), (2, 1, 20) })
        {
            var posted = await Wire.PostAsync(
                _server.Url(_server.OtlpHttpPort, "/v1/traces"), Bodies.Traces($"s{span}", NewSpan(Long, span, parent, now - ((ulong)minutes * minute))),
                Wire.Protobuf);
            posted.Status.ShouldBe(200, posted.Text);
        }

        using var found = await GetAsync("/api/search?q=" + Uri.EscapeDataString("{ name = \"op-1\" } >> { name = \"op-3\" && rootServiceName = \"s1\" }"));
        var trace = found.RootElement.GetProperty("traces").EnumerateArray().ShouldHaveSingleItem();
        trace.GetProperty("durationMs").GetInt64().ShouldBe(44 * 60_000);
        trace.GetProperty("rootServiceName").GetString().ShouldBe("s1");
        using var whole = await GetAsync("/api/v2/traces/" + Convert.ToHexStringLower(Long));
        whole.RootElement.GetProperty("trace").GetProperty("resourceSpans").GetArrayLength().ShouldBe(3);

        // A range that only the last span lies in finds the whole trace.
        var start = (now / 1_000_000_000) - 300;
        using var late = await GetAsync($"/api/search?start={start}&end={start + 400}&q=" + Uri.EscapeDataString("{ name = \"op-3\" }"));
        late.RootElement.GetProperty("traces")[0].GetProperty("rootTraceName").GetString().ShouldBe("op-1");
    }

    private async Task<JsonDocument> GetAsync(string path)
    {
        var answer = await Wire.GetAsync(_server.Url(_server.TempoPort, path));
        answer.Status.ShouldBe(200, answer.Text);
        return JsonDocument.Parse(answer.Body);
    }

    private static Span NewSpan(byte[] trace, int id, int parent, ulong startNanos)
    {
        var span = new Span
        {
            TraceId = ByteString.CopyFrom(trace),
            SpanId = Id(id),
            Name = $"op-{id}",
            StartTimeUnixNano = startNanos,
            EndTimeUnixNano = startNanos + 100,
        };
        if (parent != 0) span.ParentSpanId = Id(parent);
        return span;
    }

    private static ByteString Id(int number)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        return ByteString.CopyFrom(bytes);
    }
}
