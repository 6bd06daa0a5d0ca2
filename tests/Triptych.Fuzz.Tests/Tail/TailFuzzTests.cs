using System.Text;
using Triptych.Collect.Tail;
using Triptych.Fuzz.Tests.Ingest;
using Triptych.Ingest.Text;
using Triptych.Model.Logs;
using Triptych.Primitives.Memory;

namespace Triptych.Fuzz.Tests.Tail;

/// <summary>Lines of files that anybody may write: what is read out of them stands in them, and each becomes one well-formed entry.</summary>
public sealed class TailFuzzTests
{
    private const long ReadUnixNanos = 1_772_366_400_000_000_000;

    private static readonly byte[][] Lines =
    [
        Line("""{"time":"2026-03-01T12:00:00.123Z","level":30,"msg":"a \"b\" \\","trace_id":"0af7651916cd43dd8448eb211c80319c","req":{"a":[1,{"b":"}"}]},"span_id":"b7ad6b7169203331"}"""),
        Line("""ts=1772366400.123 level=warn msg="hello \"you\"" traceID=0af7651916cd43dd8448eb211c80319c n=1"""),
        Line("2026-03-01 12:00:00,123456789+0100 [ERROR] boom é 💥"),
        Line("[2026-03-01T12:00:00Z] info: x=1e308 time=99999999999999999999 timestamp=1e18"),
        Line("""  {"timestamp":1772366400123,"@timestamp":null,"traceId":"0000000000000000","level":-1e9,"nested":[[[[]]]]}"""),
    ];

    [Fact]
    public void Line_fields() => FuzzRun.Each(Lines, line =>
    {
        var fields = new LineFields(line);
        var count = 0;
        while (fields.TryRead())
        {
            (++count).ShouldBeLessThanOrEqualTo(line.Length);
            line.AsSpan().Overlaps(fields.Name).ShouldBe(fields.Name.Length > 0);
            line.AsSpan().Overlaps(fields.Value).ShouldBe(fields.Value.Length > 0);
        }
    });

    [Fact]
    public void Line_times() => FuzzRun.Each(
        [.. new[] { "2026-03-01T12:00:00.123456789Z", "2261-12-31 23:59:59,9+9959", "1970-01-01t00:00:00-2359", "1772366400.123", "9.2e18", "1e8" }.Select(Line)],
        text =>
        {
            if (TextTime.TryParseRfc3339(text, out var nanos)) nanos.ShouldBeInRange(-1_000_000_000_000_000, long.MaxValue);
            if (TextTime.TryParseNumber(text, out nanos)) nanos.ShouldBeInRange(100_000_000_000_000_000, long.MaxValue);
        });

    [Fact]
    public void Tailed_lines() => FuzzRun.Each(Lines, line =>
    {
        var budget = new MemoryBudget("fuzz", 1 << 20);
        using (var batch = new LogBatch(budget))
        using (var reader = new LineReader())
        {
            batch.AddStream("\u0001a\u0001b"u8);
            reader.Add(batch, LogLevel.Unknown, line, ReadUnixNanos).ShouldBeGreaterThanOrEqualTo(0);
            batch.Entries.Length.ShouldBe(1);
            batch.Entries[0].TimeUnixNanos.ShouldBeGreaterThan(0);
            WellFormed.Check(batch);
        }

        budget.Used.ShouldBe(0);
    });

    private static byte[] Line(string text) => Encoding.UTF8.GetBytes(text);
}
