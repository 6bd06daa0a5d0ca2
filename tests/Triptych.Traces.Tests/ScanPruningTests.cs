using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Model.Attributes;

namespace Triptych.Traces.Tests;

public sealed class ScanPruningTests
{
    private static readonly ColumnRef[] Projection =
        [SpanColumns.TraceId, SpanColumns.SpanId, SpanColumns.Name, SpanColumns.ServiceName, SpanColumns.StartUnixNanos, SpanColumns.SpanAttributes];

    [Fact]
    public async Task Narrow_questions_read_a_small_share_of_a_large_row_group()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        var now = StoreFixture.NowUnixNanos;
        var random = new Random(1);
        var spans = Enumerable.Range(0, 60_000).Select(i => new TestSpan(i / 6, i + 1)
        {
            StartUnixNanos = now - 60_000_000_000 + (i * 1_000_000L),
            DurationNanos = random.Next(1_000_000),
            Service = $"service-{i % 7}",
            Name = $"op {i % 11}",
            Attributes = i == 31_000 ? TestSpan.Set(("url", $"/{random.NextInt64():x}"), ("rare", "1")) : TestSpan.Set(("url", $"/{random.NextInt64():x}")),
        }).ToList();
        foreach (var part in spans.Chunk(10_000)) await fixture.AppendAsync(part);
        await fixture.FlushAsync();
        var whole = await CostAsync(fixture, null);
        whole.Rows.ShouldBe(60_000);

        var byId = await CostAsync(fixture, new RowPredicate.IdIn(SpanColumns.TraceId, new(BytesComparer.Instance) { TestSpan.TraceIdOf(5_000) }));
        byId.Rows.ShouldBe(6);
        byId.Pages.ShouldBeLessThanOrEqualTo(2 * 8, "one or two pages of each column");
        byId.Bytes.ShouldBeLessThan(whole.Bytes / 6);

        (await CostAsync(fixture, Is(SpanColumns.ServiceName, "service-x"))).ShouldBe((0, 0, 0), "no resource is of that service");
        (await CostAsync(fixture, Is(SpanColumns.ResourceAttribute("none"), "x"))).ShouldBe((0, 0, 0), "no resource has the attribute");
        (await CostAsync(fixture, Is(SpanColumns.AnyAttribute("none"), "x"))).ShouldBe((0, 0, 0), "neither a resource nor a span has it");
        (await CostAsync(fixture, Is(SpanColumns.Name, "zz"))).ShouldBe((0, 0, 0), "it is beyond the last name");
        (await CostAsync(fixture, new RowPredicate.Compare(SpanColumns.DurationNanos, CompareOp.Greater, AttributeValue.Int(2_000_000)))).ShouldBe((0, 0, 0));

        // Names of attributes are read, and a page each of the other columns for the one span that has it.
        var rare = await CostAsync(fixture, Is(SpanColumns.SpanAttribute("rare"), "1"));
        rare.Rows.ShouldBe(1);
        rare.Bytes.ShouldBeLessThan(whole.Bytes / 5);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Answers_are_those_of_reading_all(int seed)
    {
        await using var fixture = await StoreFixture.OpenAsync();
        var random = new Random(seed);
        var now = StoreFixture.NowUnixNanos;
        var spans = TestSpans.Make(20_000, seed, now);
        await fixture.AppendAsync(spans);

        // Heads have no pages to leave out.
        var questions = Enumerable.Range(0, 60).Select(_ =>
        {
            var min = now - random.NextInt64(3_700_000_000_000);
            return StoreFixture.Request(Condition(random, spans, depth: 0), SpanColumns.TraceId, SpanColumns.SpanId, SpanColumns.SpanAttribute("value")) with
            {
                MinTimeUnixNanos = random.Next(2) == 0 ? long.MinValue : min,
                MaxTimeUnixNanos = random.Next(2) == 0 ? long.MaxValue : min + random.NextInt64(3_000_000_000_000),
            };
        }).ToList();
        var expected = new List<List<string>>();
        foreach (var question in questions) expected.Add(await fixture.SortedAsync(question));
        expected.Count(e => e.Count > 0).ShouldBeGreaterThan(10);
        await fixture.FlushAsync();
        for (var i = 0; i < questions.Count; i++)
            (await fixture.SortedAsync(questions[i])).ShouldBe(expected[i], $"seed {seed}, question {i}: {questions[i].Predicate}");
    }

    private static RowPredicate Condition(Random random, List<TestSpan> spans, int depth) => random.Next(depth > 2 ? 9 : 12) switch
    {
        0 => new RowPredicate.IdIn(
            SpanColumns.TraceId,
            new(BytesComparer.Instance) { TestSpan.TraceIdOf(spans[random.Next(spans.Count)].Trace), TestSpan.TraceIdOf(random.Next(9_000)) }),
        1 => Is(SpanColumns.ServiceName, $"service-{random.Next(7)}"),
        2 => Is(SpanColumns.SpanAttribute($"k{random.Next(7)}"), "v"),
        3 => Is(random.Next(2) == 0 ? SpanColumns.ResourceAttribute("host.name") : SpanColumns.AnyAttribute("host.name"), $"h{random.Next(5)}"),
        4 => new RowPredicate.Compare(
            random.Next(3) switch { 0 => SpanColumns.DurationNanos, 1 => SpanColumns.StatusCode, _ => SpanColumns.Kind },
            (CompareOp)random.Next(6), AttributeValue.Int(random.Next(2) == 0 ? random.Next(6) : random.NextInt64(2_000_000_000))),
        5 => Is(SpanColumns.Name, $"op {random.Next(25)}"),
        6 => new RowPredicate.Exists(random.Next(2) == 0 ? SpanColumns.SpanAttribute("k1") : SpanColumns.AnyAttribute("value")),
        7 => Is(SpanColumns.ScopeName, "lib"),
        8 => new RowPredicate.Compare(SpanColumns.SpanAttribute("n"), (CompareOp)random.Next(6), AttributeValue.Int(random.Next(60))),
        9 => new RowPredicate.Not(Condition(random, spans, depth + 1)),
        10 => new RowPredicate.And([Condition(random, spans, depth + 1), Condition(random, spans, depth + 1)]),
        _ => new RowPredicate.Or([Condition(random, spans, depth + 1), Condition(random, spans, depth + 1)]),
    };

    private static RowPredicate Is(ColumnRef column, string value) => new RowPredicate.Compare(column, CompareOp.Equal, AttributeValue.String(value));

    private static async Task<(long Rows, long Pages, long Bytes)> CostAsync(StoreFixture fixture, RowPredicate? predicate)
    {
        var asked = fixture.Reads.ReadBytes;
        await using var scan = await fixture.Store.OpenAsync(StoreFixture.Request(predicate, Projection), CancellationToken.None);
        var rows = 0L;
        while (await scan.NextAsync(CancellationToken.None) is { } batch) rows += batch.RowCount;
        scan.Statistics.Warnings.ShouldBeEmpty();
        (fixture.Reads.ReadBytes - asked).ShouldBeGreaterThanOrEqualTo(scan.Statistics.BytesRead);
        return (rows, scan.Statistics.PagesRead, scan.Statistics.BytesRead);
    }
}
