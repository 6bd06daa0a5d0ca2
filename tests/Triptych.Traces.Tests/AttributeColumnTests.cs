using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Model;
using Triptych.Model.Attributes;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;
using Triptych.Testing;
using Triptych.Traces.Attributes;
using Triptych.Traces.Block;
using Triptych.Traces.Compaction;

namespace Triptych.Traces.Tests;

/// <summary>Frequent attributes have columns of their own in blocks: which, and that no question notices.</summary>
public sealed class AttributeColumnTests
{
    private const long Second = 1_000_000_000;

    private static readonly string[] Keys =
        ["http.route", "http.status", "ratio", "cached", "mixed", "mostly", "Mostly", "list", "user", "rare", "value", "nowhere", "host.name"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, MergeRun.Seeds)];

    [Fact]
    public async Task Frequent_attributes_of_one_type_get_columns_of_that_type()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        await fixture.AppendAsync(Make(new Random(1), 3000, traces: 400, shape: 0));
        await fixture.FlushAsync();
        var block = await OpenAsync(fixture, fixture.Blocks.ShouldHaveSingleItem());
        var columns = block.AttributesOf(0);
        columns.Columns.Select(c => $"{c.Name} {c.Kind}").ShouldBe(
            ["Mostly Int", "cached Bool", "http.route String", "http.status Int", "ratio Double", "user String"], ignoreOrder: true);
        foreach (var name in new[] { "cached", "http.route", "http.status", "ratio", "user" }) columns.IsInColumn(name).ShouldBeTrue(name);
        columns.IsInColumn("Mostly").ShouldBeFalse();
        block.File.Footer.Metadata["triptych.format"].ShouldBe("traces/2");
        (await KeysOfMapAsync(block)).ShouldBe(["Mostly", "list", "mixed", "mostly", "rare"], ignoreOrder: true);
    }

    [Fact]
    public async Task Spans_without_attributes_make_a_block_of_version_1()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        await fixture.AppendAsync([new TestSpan(1, 1, 0) { StartUnixNanos = StoreFixture.NowUnixNanos }]);
        await fixture.FlushAsync();
        var block = await OpenAsync(fixture, fixture.Blocks.ShouldHaveSingleItem());
        block.File.Footer.Metadata["triptych.format"].ShouldBe("traces/1");
        block.File.Footer.Sections.ShouldNotContainKey(GroupAttributes.Section);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Questions_are_answered_alike_in_head_block_and_merges_of_blocks_with_other_columns(int seed)
    {
        var random = new Random(seed);
        await using var fixture = await StoreFixture.OpenAsync();
        var questions = Enumerable.Range(0, 8).Select(_ => Question(random)).ToList();
        var spans = new List<TestSpan>();
        List<List<string>> expected = [];
        var parts = random.Next(2, 6);
        for (var part = 0; part < parts; part++)
        {
            var added = Make(random, random.Next(50, 600), traces: 100_000 * (part + 1), shape: random.Next(4));
            spans.AddRange(added);
            await fixture.AppendAsync(added);
            expected = await AnswersAsync(fixture, questions);
            (await fixture.SortedAsync(StoreFixture.Request())).ShouldBe([.. spans.Select(StoreFixture.Expected).Order(StringComparer.Ordinal)]);
            await fixture.FlushAsync();
            (await AnswersAsync(fixture, questions)).ShouldBe(expected, $"seed {seed}, flushed");
        }

        for (var round = 0; round < 2; round++)
        {
            foreach (var run in MergeRun.Runs(MergeRun.Blocks(fixture.Catalog, Signal.Traces), random)) await MergeAsync(fixture, run);
            (await AnswersAsync(fixture, questions)).ShouldBe(expected, $"seed {seed}, round {round}");
            foreach (var column in (ColumnRef[])[.. Columns, SpanColumns.ResourceAttribute("http.route"), SpanColumns.Name])
                await CheckDistinctAsync(fixture, column);
        }

        (await fixture.SortedAsync(StoreFixture.Request())).ShouldBe([.. spans.Select(StoreFixture.Expected).Order(StringComparer.Ordinal)]);
    }

    [Fact]
    public async Task A_row_group_is_copied_with_its_columns_beside_one_that_has_others()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        var random = new Random(5);
        for (var part = 0; part < 2; part++)
        {
            // Each block is alone in its time and large enough to be copied.
            await fixture.AppendAsync(Make(random, SlicePlan.ProperRows + 1000, traces: 100_000 * (part + 1), shape: part * 3, hours: part * 3));
            await fixture.FlushAsync();
        }

        var questions = Enumerable.Range(0, 3).Select(_ => Question(random)).ToList();
        var expected = await AnswersAsync(fixture, questions);
        await MergeAsync(fixture, MergeRun.Blocks(fixture.Catalog, Signal.Traces));
        var block = await OpenAsync(fixture, fixture.Blocks.ShouldHaveSingleItem());
        block.File.RowGroups.Length.ShouldBe(2);
        block.AttributesOf(0).IsLike(block.AttributesOf(1)).ShouldBeFalse();
        (await AnswersAsync(fixture, questions)).ShouldBe(expected);
    }

    [Fact]
    public async Task A_value_that_no_span_has_is_ruled_out_by_its_column_alone()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        await fixture.AppendAsync(Make(new Random(2), 20_000, traces: 500, shape: 0));
        await fixture.FlushAsync();
        var nothing = new RowPredicate.Compare(SpanColumns.SpanAttribute("http.status"), CompareOp.Greater, AttributeValue.Int(100_000));
        await using var scan = await fixture.Store.OpenAsync(StoreFixture.Request(nothing), Cancel);
        (await scan.NextAsync(Cancel)).ShouldBeNull();
        scan.Statistics.PagesRead.ShouldBe(0);
    }

    private static async Task<List<List<string>>> AnswersAsync(StoreFixture fixture, List<RowPredicate> questions)
    {
        var answers = new List<List<string>>();
        ColumnRef[] projection = [SpanColumns.TraceId, SpanColumns.SpanId, .. Columns];
        foreach (var question in questions) answers.Add(await fixture.SortedAsync(StoreFixture.Request(question, projection)));
        return answers;
    }

    private static async Task CheckDistinctAsync(StoreFixture fixture, ColumnRef column)
    {
        var all = StoreFixture.Request(new RowPredicate.Exists(column), column);
        var distinct = await fixture.ScanAsync(all with { OnlyDistinct = true });
        distinct.Distinct().Order(StringComparer.Ordinal).ShouldBe((await fixture.ScanAsync(all)).Distinct().Order(StringComparer.Ordinal), $"{column}");
    }

    private static IEnumerable<ColumnRef> Columns => Keys.SelectMany(key => new[] { SpanColumns.SpanAttribute(key), SpanColumns.AnyAttribute(key) });

    private static RowPredicate Question(Random random, int depth = 0)
    {
        var key = Keys[random.Next(Keys.Length)];
        var column = random.Next(3) == 0 ? SpanColumns.AnyAttribute(key) : SpanColumns.SpanAttribute(key);
        return random.Next(depth > 2 ? 6 : 10) switch
        {
            0 => new RowPredicate.Exists(column),
            1 or 2 or 3 => new RowPredicate.Compare(column, (CompareOp)random.Next(6), Literal(random)),
            4 => new RowPredicate.Matches(column, new Regex("^/(a|c)", RegexOptions.NonBacktracking), []),
            5 => new RowPredicate.Contains(column, Encoding.UTF8.GetBytes("/b")),
            6 => new RowPredicate.Not(Question(random, depth + 1)),
            7 => new RowPredicate.Or([Question(random, depth + 1), Question(random, depth + 1)]),
            _ => new RowPredicate.And([Question(random, depth + 1), Question(random, depth + 1)]),
        };
    }

    private static AttributeValue Literal(Random random) => random.Next(6) switch
    {
        0 => AttributeValue.String("/a"),
        1 => AttributeValue.String("/b/x"),
        2 => AttributeValue.Int(random.Next(198, 506)),
        3 => AttributeValue.Float(random.Next(4) / 4.0),
        4 => AttributeValue.Boolean(random.Next(2) == 0),
        _ => AttributeValue.Int(random.Next(3)),
    };

    /// <summary>Spans whose attributes come in an order of their own. The shape says which attributes there are, and of which types.</summary>
    private static List<TestSpan> Make(Random random, int count, int traces, int shape, int hours = 0)
    {
        var spans = new List<TestSpan>();
        var start = StoreFixture.NowUnixNanos - ((10 - hours) * 3600 * Second);
        for (var i = 0; i < count; i++)
        {
            var set = Attributes(random, shape).ToArray();
            random.Shuffle(set);
            spans.Add(new TestSpan(traces + (i / 5), (i % 5) + 1, i % 5)
            {
                StartUnixNanos = start + (i * 10_000_000L),
                DurationNanos = random.Next(1000),
                Service = "s",
                ResourceExtra = random.Next(2) == 0 ? TestSpan.Set(("host.name", "/a"), ("http.route", "/b/x")) : [],
                Attributes = TestSpan.Set(set),
            });
        }

        return spans;
    }

    private static IEnumerable<(string, object)> Attributes(Random random, int shape)
    {
        if (shape == 3 && random.Next(2) == 0) yield break;
        if (shape != 1 && random.Next(3) > 0) yield return ("http.route", new[] { "/a", "/b/x", "/c", "" }[random.Next(4)]);
        if (random.Next(2) == 0) yield return ("http.status", shape == 2 ? "200" : (object)(long)random.Next(200, 505));
        if (random.Next(2) == 0) yield return ("ratio", new[] { 0.25, -0.0, double.NaN, 1.5 }[random.Next(4)]);
        if (random.Next(2) == 0) yield return ("cached", random.Next(2) == 0);
        if (random.Next(2) == 0) yield return ("mixed", random.Next(2) == 0 ? "/a" : (object)1L);
        if (shape == 1 && random.Next(3) == 0) yield return ("mostly", 1L);
        else if (random.Next(4) == 0) yield return ("Mostly", random.Next(60) == 0 ? "/a" : (object)2L);
        else if (random.Next(50) == 0) yield return ("mostly", 1L);
        if (random.Next(4) == 0) yield return ("list", (AttributeKind.Array, "[\"/a\",2]"));
        if (shape != 3) yield return ("user", string.Create(CultureInfo.InvariantCulture, $"/b/{random.Next(1_000_000)}"));
        if (random.Next(500) == 0) yield return ("rare", "/a");
        if (shape == 2 && random.Next(3) > 0) yield return ("value", random.Next(40) == 0 ? new byte[] { 1, 2 } : (object)"/a");
    }

    private static async Task MergeAsync(StoreFixture fixture, IReadOnlyList<BlockMeta> inputs)
    {
        var job = MergeRun.Job(fixture.Catalog, fixture.Objects, inputs, long.MaxValue / 4, long.MaxValue);
        await MergeRun.RunAsync(new TraceBlockMerger(), fixture.Catalog, job);
    }

    private static ValueTask<TraceBlock> OpenAsync(StoreFixture fixture, BlockMeta meta) => TraceBlock.OpenAsync(fixture.Objects, meta, Cancel);

    private static async Task<HashSet<string>> KeysOfMapAsync(TraceBlock block)
    {
        var keys = new HashSet<string>(StringComparer.Ordinal);
        foreach (var group in block.File.RowGroups)
        {
            using var column = await group.ReadColumnAsync(block.File.Schema.Column(TraceBlockSchema.SpanAttributes, "key"), cancellationToken: Cancel);
            for (var slot = 0; slot < column.SlotCount; slot++) keys.Add(Encoding.UTF8.GetString(column.Bytes(slot)));
        }

        return keys;
    }
}
