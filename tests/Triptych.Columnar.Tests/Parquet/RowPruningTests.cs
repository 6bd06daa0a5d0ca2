using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Parquet.Writing;

namespace Triptych.Columnar.Tests.Parquet;

public sealed class RowPruningTests
{
    private const int PageRows = 100;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Only_pages_that_the_conditions_cannot_rule_out_are_read()
    {
        var input = new RecordingInput(Write(rows: 2000));
        var file = await ParquetFile.OpenAsync(input, cancellationToken: Cancel);
        var group = file.RowGroups[0];
        var (time, text) = (file.Schema.Column("time"), file.Schema.Column("text"));
        input.Reads.Clear();

        var rows = await group.FindRowsAsync([ColumnBounds.Between(time, 730, 1010)], Cancel);
        rows.ShouldBe([new RowRange(700, 400)]);
        var endOfPages = group.Info.Columns[^1].StartOffset + group.Info.Columns[^1].CompressedBytes;
        input.Reads.ShouldNotBeEmpty();
        input.Reads.ShouldAllBe(read => read.Offset >= endOfPages, "no page is read");

        input.Reads.Clear();
        using (var times = await group.ReadColumnAsync(time, rows, cancellationToken: Cancel))
        {
            var matching = new List<RowRange>();
            for (var i = 0; i < times.RowCount; i++)
            {
                if (times.Int64s[i] is >= 995 and <= 1004)
                    matching.Add(new RowRange(700 + i, 1));
            }

            input.Reads.Clear();
            using var texts = await group.ReadColumnAsync(text, matching.ToArray(), cancellationToken: Cancel);
            texts.RowCount.ShouldBe(10);
        }

        // Of twenty pages of the text: those of the rows 995 to 1004, and the index.
        var index = await group.ReadPageIndexAsync(text, Cancel);
        var pages = input.Reads.Where(read => read.Offset >= group.Info.Columns[text.Index].StartOffset
            && read.Offset < group.Info.Columns[text.Index].StartOffset + group.Info.Columns[text.Index].CompressedBytes).ToArray();
        pages.Sum(read => (long)read.Length).ShouldBe(index!.Locations[9].CompressedSize + (long)index.Locations[10].CompressedSize);

        input.Reads.Clear();
        (await group.FindRowsAsync([ColumnBounds.Between(time, 5000, 6000)], Cancel)).ShouldBeEmpty();
        input.Reads.ShouldBeEmpty();
        (await group.FindRowsAsync([ColumnBounds.Equal(file.Schema.Column("id"), "id-70000"u8)], Cancel)).ShouldBeEmpty("the bloom filter rules it out");
    }

    [Fact]
    public async Task No_row_that_fulfils_the_conditions_is_ever_left_out()
    {
        var random = new Random(5);
        var file = await RoundTripTests.Open(Write(rows: 1500));
        var group = file.RowGroups[0];
        using var times = await group.ReadColumnAsync(file.Schema.Column("time"), cancellationToken: Cancel);
        using var codes = await group.ReadColumnAsync(file.Schema.Column("code"), cancellationToken: Cancel);
        var pruned = 0L;
        for (var round = 0; round < 300; round++)
        {
            var min = random.Next(-10, 1600);
            var max = min + random.Next(0, 300);
            var code = random.Next(0, 40);
            var rows = await group.FindRowsAsync(
                [ColumnBounds.Between(file.Schema.Column("time"), min, max), ColumnBounds.Equal(file.Schema.Column("code"), BitConverter.GetBytes(code))], Cancel);
            for (var i = 0; i < times.RowCount; i++)
            {
                if (times.Int64s[i] >= min && times.Int64s[i] <= max && !codes.IsNull(i) && codes.Int32s[i] == code)
                    rows.ShouldContain(range => range.Start <= i && i < range.End, $"row {i} in round {round}");
            }

            pruned += group.RowCount - rows.Sum(range => range.Count);
        }

        pruned.ShouldBeGreaterThan(300 * group.RowCount / 2);
    }

    private static byte[] Write(int rows)
    {
        var schema = new ParquetSchema(
            ParquetField.Int64("time"), ParquetField.Int32("code", nullable: true), ParquetField.String("id"), ParquetField.String("text"));
        var options = new ParquetWriterOptions { PageRows = PageRows, Codec = ParquetCodec.Uncompressed }
            .WithColumn("time", new ColumnOptions { Encoding = ColumnEncoding.Delta })
            .WithColumn("id", new ColumnOptions { BloomFilter = true })
            .WithColumn("text", new ColumnOptions { Encoding = ColumnEncoding.Plain });
        var stream = new MemoryStream();
        using var writer = new ParquetWriter(stream, schema, options);
        var group = writer.BeginRowGroup();
        var all = Enumerable.Range(0, rows).ToArray();
        group.Column("time").WriteInt64(all.Select(i => (long)i).ToArray());
        group.Column("code").WriteInt32(all.Select(i => i / 50).ToArray(), ColumnShape.Nullable(all.Select(i => i is < 600 or >= 800 && i % 7 != 0).ToArray()));
        WriteTexts(group.Column("id"), all.Select(i => $"id-{i * 37 % rows}"));
        WriteTexts(group.Column("text"), all.Select(i => $"a longer text of row {i} that no dictionary holds"));
        group.End();
        writer.Finish();
        return stream.ToArray();
    }

    private static void WriteTexts(ColumnWriter column, IEnumerable<string> texts)
    {
        foreach (var text in texts)
            column.WriteBytes([text.Length], System.Text.Encoding.ASCII.GetBytes(text));
    }

    private sealed class RecordingInput(byte[] bytes) : IParquetInput
    {
        public List<(long Offset, int Length)> Reads { get; } = [];

        public string Name => "recording";

        public long Length => bytes.Length;

        public ValueTask ReadAsync(long offset, Memory<byte> into, CancellationToken cancellationToken)
        {
            Reads.Add((offset, into.Length));
            bytes.AsMemory((int)offset, into.Length).CopyTo(into);
            return ValueTask.CompletedTask;
        }
    }
}
