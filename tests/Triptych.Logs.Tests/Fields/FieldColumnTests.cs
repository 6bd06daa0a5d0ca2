using System.Text;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Rows;
using Triptych.Logs.Block;
using Triptych.Logs.Compaction;
using Triptych.Logs.Fields;
using Triptych.Model;
using Triptych.Primitives.Binary;
using Triptych.Testing;

namespace Triptych.Logs.Tests.Fields;

public sealed class FieldColumnTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    public void What_is_frequent_and_takes_little_gets_a_column()
    {
        var sample = new FieldSample();
        for (var i = 0; i < 1000; i++)
        {
            sample.Add(Utf8($$"""{"id":"{{i:x8}}-{{i * 31}}","level":"info","took":{{i}}.{{i % 10}}25,"code":{{200 + (i % 7)}},"python":{{i % 40}}.0,"rare":{{(i % 200 == 0 ? "1" : "null")}}}"""));
            for (var text = 0; text < 2; text++) sample.Add(Utf8($"text {i}"));
        }

        sample.Choose().Columns.Select(c => $"{c.Column} {c.Decimals} {c.LeastDecimals}").ShouldBe(
            ["json1_python 1 1", "json3_took 3 3", "json_code 0 0", "json_level 0 0"]);
    }

    [Fact]
    public void Lines_without_fields_get_no_columns()
    {
        var sample = new FieldSample();
        for (var i = 0; i < 1000; i++) sample.Add(Utf8($"GET /x/{i} took {i} ms"));
        sample.Choose().IsEmpty.ShouldBeTrue();
        new BlockLayout(sample.Choose(), MetadataLayout.None).Schema.ShouldBe(LogBlockSchema.Schema);
    }

    [Fact]
    public void Of_more_names_than_are_told_apart_nothing_is_known()
    {
        var extractor = new FieldExtractor(new FieldLayout([new FieldSpec(FieldFormat.Json, "status", IsText: false, 0, 0)]));
        extractor.Begin();
        extractor.Add(Utf8("""{"status":1,"other":2}"""));
        var facts = Finish(extractor);
        facts.TryFind(FieldFormat.Json, "status", out var status).ShouldBeTrue();
        status!.Column.ShouldBe("json_status");
        facts.TryFind(FieldFormat.Json, "other", out _).ShouldBeFalse();
        facts.TryFind(FieldFormat.Json, "none", out var none).ShouldBeTrue();
        none.ShouldBeNull();
        for (var i = 0; i <= FieldNames.MostNames; i++) extractor.Add(Utf8($$"""{"name{{i}}":1}"""));
        facts = Finish(extractor);
        facts.TryFind(FieldFormat.Json, "status", out _).ShouldBeTrue();
        facts.TryFind(FieldFormat.Json, "none", out _).ShouldBeFalse();
        facts.TryFind(FieldFormat.Logfmt, "none", out _).ShouldBeTrue();
    }

    [Fact]
    public async Task Row_groups_that_a_merge_copies_keep_their_columns_and_lack_those_of_others()
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        var start = fixture.Now - (3000 * Second);
        await AppendAsync(fixture, start, i => $$"""{"status":{{200 + (i % 3)}},"took":{{i % 50}}.250}""");
        await AppendAsync(fixture, start + (1000 * Second), i => $"level={(i % 2 == 0 ? "info" : "warn")} took={i % 9}");
        var before = await fixture.ScanAsync();
        var inputs = MergeRun.Blocks(fixture.Catalog, Signal.Logs);
        var output = (await MergeRun.RunAsync(new LogBlockMerger(), fixture.Catalog, MergeRun.Job(fixture.Catalog, fixture.Objects, inputs)))
            .ShouldHaveSingleItem();
        (await fixture.ScanAsync()).ShouldBe(before);
        var block = await LogBlock.OpenAsync(fixture.Objects, output, CancellationToken.None);
        FieldLayout.Of(block.File).Columns.Select(c => c.Column).ShouldBe(["json3_took", "json_status", "logfmt_level", "logfmt_took"], ignoreOrder: true);
        block.File.RowGroups.Length.ShouldBe(2);
        (await ColumnsAsync(block, 0)).ShouldBe(["json3_took", "json_status"]);
        (await ColumnsAsync(block, 1)).ShouldBe(["logfmt_level", "logfmt_took"]);
        (await CountAsync(block, 0, "json_status")).ShouldBe(SlicePlanRows);
        (await CountAsync(block, 0, "logfmt_level")).ShouldBe(0);
        (await CountAsync(block, 1, "logfmt_took")).ShouldBe(SlicePlanRows);
    }

    [Fact]
    public async Task A_merge_with_a_block_that_has_no_columns_reads_its_lines()
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        var start = fixture.Now - (3000 * Second);
        await fixture.AppendAsync([.. Enumerable.Range(0, 500).Select(i => new Line("app=a", start + (2 * i * Second), $"text {i}"))]);
        await fixture.AppendAsync(new Line("app=a", start + Second, """{"status":404}"""));
        await fixture.FlushAsync();
        await fixture.AppendAsync([.. Enumerable.Range(0, 500).Select(i => new Line("app=a", start + (((2 * i) + 1) * Second), $$"""{"status":{{200 + (i % 4)}}}"""))]);
        await fixture.FlushAsync();
        var before = await fixture.ScanAsync();
        var job = MergeRun.Job(fixture.Catalog, fixture.Objects, MergeRun.Blocks(fixture.Catalog, Signal.Logs));
        var output = (await MergeRun.RunAsync(new LogBlockMerger(), fixture.Catalog, job)).ShouldHaveSingleItem();
        (await fixture.ScanAsync()).ShouldBe(before);
        var block = await LogBlock.OpenAsync(fixture.Objects, output, CancellationToken.None);
        (await CountAsync(block, 0, "json_status")).ShouldBe(501);
    }

    private const int SlicePlanRows = 40_000;

    private static async Task AppendAsync(LogStoreFixture fixture, long start, Func<int, string> line)
    {
        await fixture.AppendAsync([.. Enumerable.Range(0, SlicePlanRows).Select(i => new Line("app=a", start + (i * 1000), line(i)))]);
        await fixture.FlushAsync();
    }

    private static async Task<string[]> ColumnsAsync(LogBlock block, int rowGroup)
    {
        var facts = await block.Facts[rowGroup].FieldsAsync(new ReadCount(), CancellationToken.None);
        return [.. facts!.Columns.Select(c => c.Column).Order(StringComparer.Ordinal)];
    }

    private static async Task<int> CountAsync(LogBlock block, int rowGroup, string column)
    {
        using var values = await block.File.RowGroups[rowGroup].ReadColumnAsync(block.File.Schema.Column(column), form: ColumnForm.Codes);
        return values.RowCount - values.NullCount;
    }

    private static FieldFacts Finish(FieldExtractor extractor)
    {
        using var section = new PooledBufferWriter();
        extractor.Finish(section);
        return FieldFacts.Read(section.WrittenSpan, "test")!;
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
