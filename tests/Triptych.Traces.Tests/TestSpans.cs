using Triptych.Model.Attributes;

namespace Triptych.Traces.Tests;

/// <summary>Spans of all shapes.</summary>
internal static class TestSpans
{
    private static readonly object[] Values =
    [
        "text", "", "with \"quotes\" \\ and ünïcode 日本 \u0001\n", 42L, long.MinValue, -1L, 0.1, -0.0, double.MaxValue, double.PositiveInfinity, double.NaN,
        BitConverter.Int64BitsToDouble(0x7FF8_0000_0000_0000), 5.0, true, false, new byte[] { 0, 255, 7 }, Array.Empty<byte>(),
        (AttributeKind.Array, "[1,\"a\",true]"), (AttributeKind.KeyValueList, "{\"a\": {\"b\":1}}"),
    ];

    /// <summary>Traces of 1 to 6 spans, a few spans without parent, over the last hour.</summary>
    public static List<TestSpan> Make(int count, int seed, long nowUnixNanos)
    {
        var random = new Random(seed);
        var spans = new List<TestSpan>();
        for (var trace = 1; spans.Count < count; trace++)
        {
            var traceStart = nowUnixNanos - random.NextInt64(3_600_000_000_000);
            var inTrace = Math.Min(random.Next(1, 7), count - spans.Count);
            for (var id = 1; id <= inTrace; id++)
                spans.Add(One(trace, id, id == 1 ? 0 : random.Next(1, 9), traceStart + random.Next(1_000_000_000), random));
        }

        return spans;
    }

    private static TestSpan One(int trace, int id, int parent, long start, Random random) => new(trace, id, parent)
    {
        StartUnixNanos = start,
        DurationNanos = random.NextInt64(2_000_000_000),
        Kind = (byte)random.Next(6),
        Status = (byte)random.Next(3),
        Flags = random.Next(4) == 0 ? uint.MaxValue : (uint)random.Next(512),
        Name = $"op {random.Next(20)}",
        Service = random.Next(8) is 0 ? "" : $"service-{random.Next(5)}",
        StatusMessage = random.Next(3) == 0 ? $"failed {random.Next(100)}" : "",
        TraceState = random.Next(5) == 0 ? "vendor=1" : "",
        ScopeName = random.Next(2) == 0 ? "lib" : "",
        ScopeVersion = random.Next(2) == 0 ? "1.2" : "",
        ScopeAttributes = random.Next(3) == 0 ? TestSpan.Set(("value", 7L)) : [],
        ResourceExtra = random.Next(2) == 0 ? TestSpan.Set(("value", Values[random.Next(Values.Length)]), ("host.name", $"h{random.Next(3)}")) : [],
        Attributes = random.Next(5) == 0 ? [] : TestSpan.Set(("value", Values[random.Next(Values.Length)]), ("n", (long)random.Next(50)), ($"k{random.Next(5)}", "v")),
        Events = random.Next(3) > 0
            ? []
            : [.. TestSpan.Event(start + 5, "exception", TestSpan.Set(("value", Values[random.Next(Values.Length)]), ("at", "x")), 3), .. TestSpan.Event(start, "", [])],
        Links = random.Next(4) > 0 ? [] : TestSpan.Link(random.Next(9), 4, "a=b", TestSpan.Set(("linked", Values[random.Next(Values.Length)])), uint.MaxValue, 2),
    };
}
