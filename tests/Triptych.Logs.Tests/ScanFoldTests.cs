using Triptych.Columnar;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.Model;
using Triptych.Model.Labels;
using Triptych.Model.Logs;

namespace Triptych.Logs.Tests;

/// <summary>Records that are counted without being looked at one by one are counted as those that are.</summary>
public sealed class ScanFoldTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Folded_counts_are_those_of_reading_each_record(int seed)
    {
        var random = new Random(seed);
        await using var fixture = await LogStoreFixture.OpenAsync();
        var origin = fixture.Now - 3_600_000_000_000;
        var written = new List<Line>();
        for (var part = 0; part < 5; part++)
        {
            // Times of neighbouring parts meet, and some records come again.
            var lines = Enumerable.Range(0, 400)
                .Select(_ => RandomLine(random, origin + (part * 700)))
                .Concat(written.Where(_ => random.Next(10) == 0).ToList())
                .Distinct()
                .ToArray();
            written.AddRange(lines);
            await fixture.AppendAsync(lines);
            if (part < 4) await fixture.FlushAsync();
        }

        var all = await fixture.ScanAsync();
        all.Count.ShouldBe(written.Distinct().Count());
        for (var i = 0; i < 40; i++)
        {
            var min = random.Next(4) == 0 ? 0 : origin + random.NextInt64(4_000);
            var max = random.Next(4) == 0 ? long.MaxValue : min + random.NextInt64(4_000);
            long[] bounds = [.. Enumerable.Range(0, random.Next(6)).Select(_ => origin + random.NextInt64(4_000)).Distinct().Order()];
            var app = random.Next(2) == 0 ? null : $"a{random.Next(5)}";
            var needle = random.Next(3) == 0 ? $"{random.Next(10)}" : null;
            var expected = all
                .Where(l => l.Time >= min && l.Time < max && (app is null || l.Stream == $"app={app}"))
                .Where(l => (needle is null || l.Text.Contains(needle, StringComparison.Ordinal)))
                .GroupBy(l => (l.Stream, Stretch: bounds.Count(b => b < l.Time), Key: KeyOf(l)))
                .ToDictionary(g => g.Key, g => ((long)g.Count(), g.Sum(l => (long)l.Text.Length)));
            var request = new RowScanRequest
            {
                Tenant = TenantId.Default,
                MinTimeUnixNanos = min,
                MaxTimeUnixNanos = max,
                Symbols = new SymbolTable(),
                Projection = [LogColumns.Stream, LogColumns.TimeUnixNanos, LogColumns.RecordCount, LogColumns.MetadataValue("k"), LogColumns.LineLengthBytes],
                Matchers = app is null ? [] : [LabelMatcher.Create("app", MatchOp.Equal, app)],
                Predicate = needle is null ? null : new RowPredicate.Contains(LogColumns.Line, System.Text.Encoding.UTF8.GetBytes(needle)),
                Fold = new RowFold(bounds),
            };
            var found = new Dictionary<(string, int, string), (long Records, long LineBytes)>();
            await using var scan = await fixture.Store.OpenAsync(request, CancellationToken.None);
            while (await scan.NextAsync(CancellationToken.None) is { } batch)
            {
                for (var row = 0; row < batch.RowCount; row++)
                {
                    var label = scan.Streams.LabelsOf((int)batch.Column<Int64Column>(0)[row])[0];
                    var time = batch.Column<Int64Column>(1)[row];
                    time.ShouldBeInRange(min, max - 1);
                    var key = (
                        $"{request.Symbols.GetString(label.Name)}={request.Symbols.GetString(label.Value)}", bounds.Count(b => b < time),
                        System.Text.Encoding.UTF8.GetString(batch.Column<BytesColumn>(3)[row]));
                    var before = found.GetValueOrDefault(key);
                    found[key] = (before.Records + batch.Column<Int64Column>(2)[row], before.LineBytes + batch.Column<Int64Column>(4)[row]);
                }
            }

            found.ShouldBe(expected, ignoreOrder: true, $"seed {seed}, question {i}");
        }
    }

    [Fact]
    public async Task Counting_reads_neither_lines_nor_times_where_streams_say_it()
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        var origin = fixture.Now - 3_600_000_000_000;
        await fixture.AppendAsync([.. Enumerable.Range(0, 5_000).Select(i => new Line($"app=a{i % 7}", origin + i, $"line {i} {new string('x', i % 90)}"))]);
        await fixture.FlushAsync();
        var (rows, statistics) = await CountAsync(fixture, new RowFold(default));
        rows.ShouldBe((7, 5_000));
        statistics.PagesRead.ShouldBeLessThanOrEqualTo(2, "streams and, once, the keys of metadata");
        (rows, statistics) = await CountAsync(fixture, new RowFold(default));
        rows.ShouldBe((7, 5_000));
        statistics.PagesRead.ShouldBe(0, "what is known of the row group says it all");
        (rows, _) = await CountAsync(fixture, new RowFold(new[] { origin + 2_499 }));
        rows.ShouldBe((14, 5_000));
        (rows, statistics) = await CountAsync(fixture, new RowFold(default), LogColumns.LineLengthBytes);
        rows.ShouldBe((7, Enumerable.Range(0, 5_000).Sum(i => $"line {i} ".Length + (i % 90))));
        statistics.PagesRead.ShouldBe(0, "lengths are told by run");
    }

    private static async Task<((int Rows, long Records) Counted, ScanStatistics Statistics)> CountAsync(
        LogStoreFixture fixture, RowFold fold, ColumnRef? measure = null)
    {
        var request = new RowScanRequest
        {
            Tenant = TenantId.Default,
            MinTimeUnixNanos = long.MinValue,
            MaxTimeUnixNanos = long.MaxValue,
            Symbols = new SymbolTable(),
            Projection = [LogColumns.TimeUnixNanos, measure ?? LogColumns.RecordCount, LogColumns.Stream, LogColumns.MetadataValue("level")],
            Fold = fold,
        };
        var (rows, records) = (0, 0L);
        await using var scan = await fixture.Store.OpenAsync(request, CancellationToken.None);
        while (await scan.NextAsync(CancellationToken.None) is { } batch)
        {
            rows += batch.RowCount;
            foreach (var count in batch.Column<Int64Column>(1).Values) records += count;
        }

        return ((rows, records), scan.Statistics);
    }

    private static string KeyOf(Line line) => line.Metadata.StartsWith("k=", StringComparison.Ordinal) ? line.Metadata[2..] : "";

    private static Line RandomLine(Random random, long origin) => new(
        $"app=a{random.Next(5)}", origin + random.Next(1_000), $"text {random.Next(100)}", random.Next(20) == 0 ? $"k=v{random.Next(3)}" : "", LogLevel.Info);
}
