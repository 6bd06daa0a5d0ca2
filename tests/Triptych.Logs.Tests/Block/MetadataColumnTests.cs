using System.Text;
using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.Logs.Block;
using Triptych.Logs.Compaction;
using Triptych.Model;
using Triptych.Model.Attributes;
using Triptych.Model.Labels;
using Triptych.Primitives.Binary;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;
using Triptych.Testing;

namespace Triptych.Logs.Tests.Block;

public sealed class MetadataColumnTests
{
    private const long Second = 1_000_000_000;

    // As many as a merge copies rather than decodes.
    private const int SliceRows = 40_000;

    [Fact]
    public void What_is_frequent_gets_a_column_and_what_differs_a_filter()
    {
        var sample = new MetadataSample();
        for (var i = 0; i < 4000; i++)
        {
            var rare = i % 200 == 0 ? "rare=1," : "";
            var ids = $"trace_id=t{i},span_id=s{i},request_id=r{i * 7919}";
            sample.Add(LogStoreFixture.Labels($"{rare}{ids},zone=z{i % 3},user=u{i % 500},User=x,größe=1,with blank=2"));
        }

        var layout = sample.Choose();
        layout.Columns.ShouldBe(
        [
            new MetadataSpec("request_id", HasFilter: true, IsDistinct: true),
            new MetadataSpec("user", HasFilter: true, IsDistinct: false),
            new MetadataSpec("zone", HasFilter: false, IsDistinct: false),
        ]);
    }

    [Fact]
    public void Of_few_rows_or_names_that_cannot_be_columns_nothing_is_chosen()
    {
        var sample = new MetadataSample();
        for (var i = 0; i < 63; i++) sample.Add(LogStoreFixture.Labels($"zone=z{i % 3}"));
        for (var i = 0; i < 1000; i++) sample.Add(LogStoreFixture.Labels($"{new string('n', 65)}=1,ü=2"));
        sample.Choose().ShouldBe(MetadataLayout.None);
        new BlockLayout(Logs.Fields.FieldLayout.None, MetadataLayout.None).Format.ShouldBe("logs/1");
    }

    [Fact]
    public void What_filters_take_of_a_row_is_bounded()
    {
        var sample = new MetadataSample();
        for (var i = 0; i < 1000; i++) sample.Add(LogStoreFixture.Labels(string.Join(',', Enumerable.Range(0, 8).Select(n => $"id{n}=v{i}"))));
        sample.Choose().Columns.Count.ShouldBe(8);
        sample.Choose().Columns.Count(c => c.HasFilter).ShouldBe(4);
    }

    [Fact]
    public void It_is_told_which_names_a_row_group_lacks()
    {
        var columns = new MetadataColumns(new MetadataLayout([new MetadataSpec("user", HasFilter: false, IsDistinct: false)]));
        columns.Begin();
        columns.TryTake(0, "user"u8, "x"u8).ShouldBeTrue();
        columns.TryTake(1, "zone"u8, "y"u8).ShouldBeFalse();
        columns.EndRow();
        var facts = Finish(columns);
        facts.PlaceOf("user").ShouldBe(MetadataPlace.Column);
        facts.PlaceOf("zone").ShouldBe(MetadataPlace.Map);
        facts.PlaceOf("other").ShouldBe(MetadataPlace.Nowhere);
        facts.IsMapEmpty.ShouldBeFalse();

        // What an earlier row group had, this one need not have.
        columns.Begin();
        facts = Finish(columns);
        facts.PlaceOf("zone").ShouldBe(MetadataPlace.Nowhere);
        facts.IsMapEmpty.ShouldBeTrue();
        for (var i = 0; i < 600; i++) columns.TryTake(0, Encoding.UTF8.GetBytes($"name{i}"), "x"u8);
        facts = Finish(columns);
        facts.PlaceOf("other").ShouldBe(MetadataPlace.Map);
        facts.PlaceOf("user").ShouldBe(MetadataPlace.Column);
        facts.IsMapEmpty.ShouldBeFalse();
    }

    [Theory]
    [InlineData("")]
    [InlineData("02010100")]
    [InlineData("0101020004757365")]
    [InlineData("010101020475736572")]
    public void A_damaged_section_is_named(string section) =>
        Should.Throw<CorruptFileException>(() => MetadataFacts.Read(Convert.FromHexString(section), "file")).Message.ShouldContain("section of metadata");

    [Fact]
    public async Task A_question_for_one_value_reads_one_column_of_the_row_groups_that_may_have_it()
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        var start = fixture.Now - (3000 * Second);
        for (var block = 0; block < 3; block++)
        {
            var first = block * SliceRows;
            await FlushAsync(fixture, Enumerable.Range(first, SliceRows).Select(i => new Line("app=a", start + (i * 1000), $"line {i}", Metadata(i))));
        }

        var wanted = $"r{Mixed(50_001)}";
        var rows = await fixture.ScanAsync(predicate: Is("request_id", wanted));
        rows.ShouldHaveSingleItem().Text.ShouldBe("line 50001");
        (await BytesReadAsync(fixture, Is("request_id", wanted), LogColumns.TimeUnixNanos)).ShouldBeLessThan(
            await BytesReadAsync(fixture, new RowPredicate.Exists(LogColumns.MetadataValue("request_id")), LogColumns.TimeUnixNanos) / 2);
        (await BytesReadAsync(fixture, Is("zone", "z1"), LogColumns.MetadataValue("zone"))).ShouldBeLessThan(
            await BytesReadAsync(fixture, predicate: null, LogColumns.Metadata) / 20);

        // What no row has costs facts alone; ids are compared like the rest.
        (await fixture.ScanAsync(predicate: Is("nothing", "x"))).ShouldBeEmpty();
        (await fixture.ScanAsync(predicate: new RowPredicate.Not(Is("zone", "z1")))).Count.ShouldBe(3 * SliceRows / 4 * 3);
    }

    [Fact]
    public async Task Row_groups_that_a_merge_copies_keep_their_metadata_where_it_is()
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        var start = fixture.Now - (3000 * Second);
        await FlushAsync(fixture, Enumerable.Range(0, SliceRows).Select(i => new Line(
            "app=a", start + (i * 1000), $"line {i}", $"user=u{i % 9},zone=z{i % 4}")));
        await FlushAsync(fixture, Enumerable.Range(0, SliceRows).Select(i => new Line(
            "app=a", start + (1000 * Second) + (i * 1000), $"line {i}", i % 1000 == 0 ? "pod=p,user=rare" : $"pod=p{i % 5}")));
        await FlushAsync(fixture, Enumerable.Range(0, SliceRows).Select(i => new Line("app=a", start + (2000 * Second) + (i * 1000), $"line {i}")));
        var before = await fixture.ScanAsync();
        var inputs = MergeRun.Blocks(fixture.Catalog, Signal.Logs);
        var output = (await MergeRun.RunAsync(new LogBlockMerger(), fixture.Catalog, MergeRun.Job(fixture.Catalog, fixture.Objects, inputs)))
            .ShouldHaveSingleItem();
        (await fixture.ScanAsync()).ShouldBe(before);
        var block = await LogBlock.OpenAsync(fixture.Objects, output, CancellationToken.None);
        block.File.Footer.Metadata["triptych.format"].ShouldBe("logs/2");
        block.File.RowGroups.Length.ShouldBe(3);
        (await FactsAsync(block, 0))!.Columns.ShouldBe(["user", "zone"]);
        (await FactsAsync(block, 1))!.Columns.ShouldBe(["pod"]);
        (await FactsAsync(block, 1))!.PlaceOf("user").ShouldBe(MetadataPlace.Map);
        (await FactsAsync(block, 2)).ShouldBeNull();
        (await CountAsync(block, 0, "metadata_user")).ShouldBe(SliceRows);
        (await CountAsync(block, 1, "metadata_user")).ShouldBe(0);
        (await fixture.ScanAsync(predicate: Is("user", "rare"))).Count.ShouldBe(SliceRows / 1000);
        (await fixture.ScanAsync(predicate: Is("user", "u3"))).Count.ShouldBe(before.Count(l => l.Metadata.Contains("user=u3", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_merge_of_overlapping_blocks_has_each_name_in_one_place_and_each_record_once()
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        var start = fixture.Now - (3000 * Second);
        Line[] shared = [.. Enumerable.Range(0, 50).Select(i => new Line("app=a", start + (2 * i * Second), $"line {i}", $"user=u{i},zone=z{i % 3}"))];
        await FlushAsync(fixture, [.. shared, .. Enumerable.Range(0, 300).Select(i => new Line("app=a", start + (2 * i * Second), $"x {i}", $"user=u{i}"))]);

        // The other block has no column for users, for few rows have one.
        var others = Enumerable.Range(0, 300).Select(i => new Line("app=a", start + (((2 * i) + 1) * Second), $"y {i}", $"pod=p{i % 7}"));
        await FlushAsync(fixture, [.. shared, .. others]);
        var before = await fixture.ScanAsync();
        before.Count.ShouldBe(650);
        var job = MergeRun.Job(fixture.Catalog, fixture.Objects, MergeRun.Blocks(fixture.Catalog, Signal.Logs));
        var output = (await MergeRun.RunAsync(new LogBlockMerger(), fixture.Catalog, job)).ShouldHaveSingleItem();
        output.Rows.ShouldBe(650);
        (await fixture.ScanAsync()).ShouldBe(before);
        var block = await LogBlock.OpenAsync(fixture.Objects, output, CancellationToken.None);
        (await FactsAsync(block, 0))!.Columns.ShouldBe(["pod", "user"]);
        (await CountAsync(block, 0, "metadata_user")).ShouldBe(350);
    }

    internal static RowPredicate Is(string name, string value) =>
        new RowPredicate.Compare(LogColumns.MetadataValue(name), CompareOp.Equal, AttributeValue.String(value));

    private static uint Mixed(int i) => (uint)i * 2_654_435_761;

    private static string Metadata(int i) => $"request_id=r{Mixed(i)},user=u{i % 700},zone=z{i % 4},a_text=some longer text {i % 1000}";

    private static async Task FlushAsync(LogStoreFixture fixture, IEnumerable<Line> lines)
    {
        await fixture.AppendAsync([.. lines]);
        await fixture.FlushAsync();
    }

    private static async Task<long> BytesReadAsync(LogStoreFixture fixture, RowPredicate? predicate, ColumnRef column)
    {
        await using var scan = await fixture.Store.OpenAsync(
            new RowScanRequest
            {
                Tenant = TenantId.Default,
                MinTimeUnixNanos = long.MinValue,
                MaxTimeUnixNanos = long.MaxValue,
                Symbols = new SymbolTable(),
                Projection = [column],
                Matchers = [],
                Predicate = predicate,
                Order = RowOrder.Any,
            },
            CancellationToken.None);
        while (await scan.NextAsync(CancellationToken.None) is not null)
        {
            // All of it, for the statistics.
        }

        return scan.Statistics.BytesRead;
    }

    private static ValueTask<MetadataFacts?> FactsAsync(LogBlock block, int rowGroup) =>
        block.Facts[rowGroup].MetadataAsync(new ReadCount(), CancellationToken.None);

    private static async Task<int> CountAsync(LogBlock block, int rowGroup, string column)
    {
        using var values = await block.File.RowGroups[rowGroup].ReadColumnAsync(block.File.Schema.Column(column), form: ColumnForm.Codes);
        return values.RowCount - values.NullCount;
    }

    private static MetadataFacts Finish(MetadataColumns columns)
    {
        using var section = new PooledBufferWriter();
        columns.Finish(section);
        return MetadataFacts.Read(section.WrittenSpan, "test");
    }
}
