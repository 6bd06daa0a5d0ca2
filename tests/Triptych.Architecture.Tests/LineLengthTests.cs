using System.Text.RegularExpressions;

namespace Triptych.Architecture.Tests;

/// <summary>
/// Lines that can be read without scrolling: aim for 140 columns, 160 at most. What stands in string literals does not count, for a text or a body of
/// test data may be as long as it is. The list of exceptions only shrinks.
/// </summary>
public partial class LineLengthTests
{
    private const int MostColumns = 160;

    // File → lines in it that are longer.
    private static readonly Dictionary<string, int> LongLines = new(StringComparer.Ordinal)
    {
        ["bench/Triptych.Benchmarks/Ingest/DecoderBenchmarks.cs"] = 1,
        ["src/Triptych.Columnar/Parquet/ParquetSchema.cs"] = 1,
        ["src/Triptych.Columnar/Parquet/Writing/ChunkPages.cs"] = 1,
        ["src/Triptych.Columnar/Parquet/Writing/ParquetWriter.cs"] = 1,
        ["src/Triptych.Columnar/Samples/ISampleSource.cs"] = 1,
        ["src/Triptych.Storage/Catalog/BlockMeta.cs"] = 1,
        ["src/Triptych.Traces/Block/AttributeText.cs"] = 5,
        ["src/Triptych.Traces/Block/BlockColumn.cs"] = 1,
        ["src/Triptych.Traces/Block/BlockUnit.cs"] = 1,
        ["src/Triptych.Traces/Block/TraceBlockSchema.cs"] = 1,
        ["src/Triptych.Traces/Block/TraceBlockWriter.cs"] = 2,
        ["src/Triptych.Traces/Block/TreeOrder.cs"] = 2,
        ["src/Triptych.Traces/Head/ByteTable.cs"] = 1,
        ["src/Triptych.Traces/Head/TenantSpans.cs"] = 1,
        ["src/Triptych.Traces/Head/TraceAppend.cs"] = 1,
        ["src/Triptych.Traces/Head/TraceRecord.cs"] = 1,
        ["src/Triptych.Traces/Scan/AttributeNames.cs"] = 1,
        ["src/Triptych.Traces/Scan/HeadUnit.cs"] = 1,
        ["src/Triptych.Traces/Scan/ScanPlan.cs"] = 1,
        ["src/Triptych.Traces/Scan/SpanScan.cs"] = 1,
        ["src/Triptych.Traces/Scan/SpanUnit.cs"] = 1,
        ["src/Triptych.Traces/Scan/UnitCursor.cs"] = 1,
        ["src/Triptych.Traces/TraceStore.cs"] = 1,
        ["tests/Triptych.Api.Tests/Prometheus/LookupSource.cs"] = 1,
        ["tests/Triptych.Collect.Tests/RecordingStores.cs"] = 1,
        ["tests/Triptych.Columnar.Tests/Parquet/RowGroupCopyTests.cs"] = 1,
        ["tests/Triptych.Fuzz.Tests/ByteMutator.cs"] = 1,
        ["tests/Triptych.Fuzz.Tests/Ingest/IngestCorpus.cs"] = 6,
        ["tests/Triptych.Ingest.Tests/LokiPush/LokiPushDecoderTests.cs"] = 1,
        ["tests/Triptych.Ingest.Tests/Otlp/OtlpMetricDecoderTests.cs"] = 2,
        ["tests/Triptych.Metrics.Tests/MetricStoreTests.cs"] = 1,
        ["tests/Triptych.Metrics.Tests/ScanBudgetTests.cs"] = 1,
        ["tests/Triptych.PromQL.Tests/GeneratedSampleSource.cs"] = 2,
        ["tests/Triptych.PromQL.Tests/MemorySampleSource.cs"] = 2,
        ["tests/Triptych.Server.Tests/Security/CallerGateTests.cs"] = 1,
        ["tests/Triptych.TraceQL.Tests/Functions/MetricsTests.cs"] = 1,
        ["tests/Triptych.Traces.Tests/ScanPredicateTests.cs"] = 1,
        ["tests/Triptych.Traces.Tests/StoreFixture.cs"] = 2,
        ["tests/Triptych.Traces.Tests/ThroughputTests.cs"] = 1,
        ["tests/Triptych.Traces.Tests/TraceStoreTests.cs"] = 2,
    };

    [Fact]
    public void No_line_is_longer_than_160_columns()
    {
        var tooLong = new[] { "src", "tests", "bench" }.SelectMany(Checkout.CSharpFiles)
            .Select(f => (Path: Checkout.Relative(f), Lines: CountLong(File.ReadAllLines(f))))
            .Where(f => f.Lines > 0)
            .ToDictionary(f => f.Path, f => f.Lines, StringComparer.Ordinal);
        tooLong.Where(f => f.Value > LongLines.GetValueOrDefault(f.Key)).Select(f => $"{f.Key}: {f.Value}").ShouldBeEmpty("wrap their long lines");
        LongLines.Where(f => f.Value > tooLong.GetValueOrDefault(f.Key)).Select(f => $"{f.Key}: {tooLong.GetValueOrDefault(f.Key)}")
            .ShouldBeEmpty("they have fewer long lines now: lower their numbers");
    }

    [Theory]
    [InlineData(160, 0)]
    [InlineData(161, 1)]
    public void Columns_are_counted(int columns, int expected) => CountLong([new string('x', columns)]).ShouldBe(expected);

    [Fact]
    public void Text_in_literals_does_not_count()
    {
        var text = new string('x', 200);
        CountLong([$"var a = \"{text}\\\"{text}\";"]).ShouldBe(0);
        CountLong(["var a = \"\"\"", text, "\"\"\";"]).ShouldBe(0);
        CountLong(["var a = \"\"\"", "\"\"\";", text]).ShouldBe(1);
        CountLong([$"var a = \"{text}\"; // {text}"]).ShouldBe(1);
    }

    private static int CountLong(IEnumerable<string> lines)
    {
        var count = 0;
        var isRaw = false;
        foreach (var line in lines)
        {
            var wasRaw = isRaw;
            if (RawQuotes().Count(line) % 2 == 1) isRaw = !isRaw;
            if (!wasRaw && !isRaw && Literal().Replace(line, "\"\"").Length > MostColumns) count++;
        }

        return count;
    }

    [GeneratedRegex("\"{3,}")]
    private static partial Regex RawQuotes();

    // Raw ones within a line, verbatim ones, ordinary ones; those with expressions in them end at the first quote, which is near enough.
    [GeneratedRegex("\"{3,}.*?\"{3,}|@\"(?:[^\"]|\"\")*\"|\"(?:[^\"\\\\]|\\\\.)*\"", RegexOptions.ExplicitCapture)]
    private static partial Regex Literal();
}
