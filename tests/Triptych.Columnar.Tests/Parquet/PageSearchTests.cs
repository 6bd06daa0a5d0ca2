using System.Text;
using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Parquet.Writing;

namespace Triptych.Columnar.Tests.Parquet;

public sealed class PageSearchTests
{
    private const int PageRows = 100;
    private const int Rows = 1000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(ColumnEncoding.Dictionary, DataPageVersion.V2, ParquetCodec.Zstd)]
    [InlineData(ColumnEncoding.Dictionary, DataPageVersion.V2, ParquetCodec.Uncompressed)]
    [InlineData(ColumnEncoding.Plain, DataPageVersion.V2, ParquetCodec.Zstd)]
    [InlineData(ColumnEncoding.DeltaLength, DataPageVersion.V2, ParquetCodec.Zstd)]
    public async Task Only_pages_with_the_value_are_left(ColumnEncoding encoding, DataPageVersion version, ParquetCodec codec)
    {
        var group = await OpenAsync(encoding, version, codec);
        (await SearchAsync(group, "rare", RowRanges.All(Rows))).ShouldBe([new RowRange(300, 100), new RowRange(700, 100)]);
        (await SearchAsync(group, "rare", [new RowRange(350, 200), new RowRange(760, 10)])).ShouldBe([new RowRange(350, 50), new RowRange(760, 10)]);
        (await SearchAsync(group, "common", RowRanges.All(Rows))).ShouldBe([new RowRange(0, Rows)]);
        (await SearchAsync(group, "absent", RowRanges.All(Rows))).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(ColumnEncoding.Plain, DataPageVersion.V1)]
    [InlineData(ColumnEncoding.DeltaPrefix, DataPageVersion.V2)]
    public async Task Pages_of_other_forms_are_all_left(ColumnEncoding encoding, DataPageVersion version)
    {
        var group = await OpenAsync(encoding, version, ParquetCodec.Zstd);
        (await SearchAsync(group, "absent", RowRanges.All(Rows))).ShouldBe([new RowRange(0, Rows)]);
    }

    [Fact]
    public async Task A_damaged_page_is_told()
    {
        var bytes = Write(ColumnEncoding.Plain, DataPageVersion.V2, ParquetCodec.Uncompressed);
        var at = bytes.AsSpan().IndexOf("common"u8);
        bytes[at] ^= 1;
        var file = await ParquetFile.OpenAsync(new MemoryInput(bytes, "damaged"), cancellationToken: Cancel);
        await Should.ThrowAsync<CorruptFileException>(() => SearchAsync(file.RowGroups[0], "rare", RowRanges.All(Rows)));
    }

    private static async Task<RowRange[]> SearchAsync(RowGroupReader group, string value, RowRange[] rows)
    {
        var found = await group.SearchPagesAsync(ColumnBounds.Equal(group.Find("tags.list.element"), Encoding.ASCII.GetBytes(value)), rows, Cancel);
        found.StoredBytes.ShouldBeGreaterThan(0);
        return found.Rows;
    }

    private static async Task<RowGroupReader> OpenAsync(ColumnEncoding encoding, DataPageVersion version, ParquetCodec codec) =>
        (await ParquetFile.OpenAsync(new MemoryInput(Write(encoding, version, codec), "tags"), cancellationToken: Cancel)).RowGroups[0];

    /// <summary>Lists of no to three tags; "rare" is in the rows 333 and 790.</summary>
    private static byte[] Write(ColumnEncoding encoding, DataPageVersion version, ParquetCodec codec)
    {
        var schema = new ParquetSchema(ParquetField.ListOf("tags", nullable: false, ParquetField.String("element")));
        var options = new ParquetWriterOptions { PageRows = PageRows, Codec = codec, PageVersion = version }
            .WithColumn("tags.list.element", new ColumnOptions { Encoding = encoding });
        var stream = new MemoryStream();
        using var writer = new ParquetWriter(stream, schema, options);
        var group = writer.BeginRowGroup();
        var values = new List<string>();
        var listEnds = new List<int>();
        for (var row = 0; row < Rows; row++)
        {
            for (var i = 0; i < row % 4; i++) values.Add(i == 0 ? "common" : $"tag {row % 13}");
            if (row is 333 or 790) values.Add("rare");
            listEnds.Add(values.Count);
        }

        var ends = new List<int>();
        foreach (var value in values) ends.Add((ends.Count == 0 ? 0 : ends[^1]) + value.Length);
        group.Column("tags", "element").WriteBytes(ends.ToArray(), Encoding.ASCII.GetBytes(string.Concat(values)), ColumnShape.Lists(listEnds.ToArray()));
        group.End();
        writer.Finish();
        return stream.ToArray();
    }
}
