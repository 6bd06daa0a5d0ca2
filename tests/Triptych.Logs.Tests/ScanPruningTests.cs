using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.Model;
using Triptych.Model.Attributes;
using Triptych.Model.Labels;
using Triptych.Model.Logs;

namespace Triptych.Logs.Tests;

public sealed class ScanPruningTests
{
    [Fact]
    public async Task Narrow_questions_read_a_small_share_of_a_large_row_group()
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        var start = fixture.Now - 3_600_000_000_000;
        await FillAsync(fixture, start, 60_000, seed: 1);
        var whole = await CostAsync(fixture, []);
        whole.Rows.ShouldBe(60_000);

        // A stream of fifty: a page of 8,192 rows of each flat column, and the pages of its own lines.
        var stream = await CostAsync(fixture, [Is("pod", "p17")]);
        stream.Rows.ShouldBe(1_200);
        stream.Bytes.ShouldBeLessThan(whole.Bytes / 5);
        stream.Pages.ShouldBeLessThan(whole.Pages / 3);

        var trace = await CostAsync(fixture, [], Equal("trace_id", TraceId(41_234)));
        trace.Rows.ShouldBe(1);
        trace.Bytes.ShouldBeLessThan(whole.Bytes * 3 / 5, "streams and times are read, and a page each of the others");
        var noTrace = await CostAsync(fixture, [], Equal("trace_id", "ffffffffffffffff"));
        noTrace.ShouldBe((0, 0, 0), "the bloom filter says so");
        (await CostAsync(fixture, [], Equal("never", "x"))).ShouldBe((0, 0, 0), "no page has the key");
        (await CostAsync(fixture, [], new RowPredicate.Compare(LogColumns.Level, CompareOp.Equal, AttributeValue.String("warn")))).Rows.ShouldBe(0);
        (await CostAsync(fixture, [Is("pod", "p17")], null, start - 10, start)).ShouldBe((0, 0, 0), "no row group is that old");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Answers_are_those_of_reading_all(int seed)
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        var random = new Random(seed);
        var start = fixture.Now - 3_600_000_000_000;
        await FillAsync(fixture, start, 20_000 + random.Next(10_000), seed);
        var all = await fixture.ScanAsync();
        for (var i = 0; i < 60; i++)
        {
            var (predicate, holds) = Condition(random, depth: 0);
            var min = start + random.NextInt64(30_000_000_000);
            var max = min + random.NextInt64(30_000_000_000);
            var pod = random.Next(3) == 0 ? null : $"p{random.Next(55)}";
            var expected = all.Where(l => l.Time >= min && l.Time < max && holds(l) && (pod is null || l.Stream.EndsWith($"pod={pod}", StringComparison.Ordinal)));
            var found = await fixture.ScanAsync(min: min, max: max, predicate: predicate, matchers: pod is null ? null : [Is("pod", pod)]);
            found.ShouldBe(expected, ignoreOrder: true, $"seed {seed}, question {i}: {predicate}");
        }
    }

    private static (RowPredicate Predicate, Func<Line, bool> Holds) Condition(Random random, int depth)
    {
        switch (random.Next(depth > 2 ? 6 : 9))
        {
            case 0:
                var id = TraceId(random.Next(30_000));
                return (Equal("trace_id", id), l => Value(l, "trace_id") == id);
            case 1:
                var user = $"u{random.Next(120)}";
                return (Equal("user", user), l => Value(l, "user") == user);
            case 2:
                var level = random.Next(2) == 0 ? LogLevel.Error : LogLevel.Info;
                var levelName = AttributeValue.String(level.ToString().ToLowerInvariant());
                return (new RowPredicate.Compare(LogColumns.Level, CompareOp.Equal, levelName), l => l.Level == level);
            case 3:
                var key = random.Next(3) switch { 0 => "rare", 1 => "span_id", _ => "none" };
                return (new RowPredicate.Exists(LogColumns.MetadataValue(key)), l => Value(l, key) is not null);
            case 4:
                var needle = random.Next(3) switch { 0 => $"{random.Next(100)}", 1 => $"ine {random.Next(30_000)}", _ => "no such line" };
                return (
                    new RowPredicate.Contains(LogColumns.Line, System.Text.Encoding.UTF8.GetBytes(needle)),
                    l => l.Text.Contains(needle, StringComparison.Ordinal));
            case 5:
                return (
                    new RowPredicate.Compare(LogColumns.MetadataValue("rare"), CompareOp.NotEqual, AttributeValue.String("r1")),
                    l => Value(l, "rare") is { } rare && rare != "r1");
            case 6:
                var (part, partHolds) = Condition(random, depth + 1);
                return (new RowPredicate.Not(part), l => !partHolds(l));
            case var kind:
                var (left, leftHolds) = Condition(random, depth + 1);
                var (right, rightHolds) = Condition(random, depth + 1);
                return kind == 7
                    ? (new RowPredicate.And([left, right]), l => leftHolds(l) && rightHolds(l))
                    : (new RowPredicate.Or([left, right]), l => leftHolds(l) || rightHolds(l));
        }
    }

    private static string? Value(Line line, string key) =>
        line.Metadata.Split(',').Where(p => p.StartsWith(key + "=", StringComparison.Ordinal)).Select(p => p[(key.Length + 1)..]).FirstOrDefault();

    /// <summary>Lines of fifty pods over a minute, in one row group or few.</summary>
    private static async Task FillAsync(LogStoreFixture fixture, long start, int count, int seed)
    {
        var random = new Random(seed);
        for (var first = 0; first < count; first += 5000)
        {
            var lines = Enumerable.Range(first, Math.Min(5000, count - first)).Select(i =>
            {
                var metadata = $"trace_id={TraceId(i)},user=u{random.Next(100)}";
                if (i % 50 == 7) metadata += $",rare=r{random.Next(3)}";
                if (i % 50 < 5) metadata += $",span_id={i:x}";
                return new Line(
                    $"app=a,pod=p{i % 50}", start + (i * 1_000_000L), $"line {i} of {random.Next(1_000_000)} {random.NextInt64():x}", metadata,
                    i % 50 == 9 ? LogLevel.Error : LogLevel.Info);
            });
            await fixture.AppendAsync(lines, TenantId.Default);
        }

        await fixture.FlushAsync();
    }

    private static string TraceId(int number) => $"{(ulong)number * 0x9E3779B97F4A7C15:x16}{number:x16}";

    private static RowPredicate Equal(string key, string value) =>
        new RowPredicate.Compare(LogColumns.MetadataValue(key), CompareOp.Equal, AttributeValue.String(value));

    private static LabelMatcher Is(string name, string value) => LabelMatcher.Create(name, MatchOp.Equal, value);

    private static async Task<(long Rows, long Pages, long Bytes)> CostAsync(
        LogStoreFixture fixture, IReadOnlyList<LabelMatcher> matchers, RowPredicate? predicate = null, long min = long.MinValue, long max = long.MaxValue)
    {
        var request = new RowScanRequest
        {
            Tenant = TenantId.Default,
            MinTimeUnixNanos = min,
            MaxTimeUnixNanos = max,
            Symbols = new SymbolTable(),
            Projection = [LogColumns.Stream, LogColumns.TimeUnixNanos, LogColumns.Line, LogColumns.Metadata],
            Matchers = matchers,
            Predicate = predicate,
        };
        var asked = fixture.Reads.ReadBytes;
        await using var scan = await fixture.Store.OpenAsync(request, CancellationToken.None);
        var rows = 0L;
        while (await scan.NextAsync(CancellationToken.None) is { } batch) rows += batch.RowCount;
        scan.Statistics.Warnings.ShouldBeEmpty();
        (fixture.Reads.ReadBytes - asked).ShouldBeGreaterThanOrEqualTo(scan.Statistics.BytesRead);
        return (rows, scan.Statistics.PagesRead, scan.Statistics.BytesRead);
    }
}
