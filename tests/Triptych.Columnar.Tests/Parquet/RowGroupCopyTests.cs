using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Parquet.Writing;
using Triptych.Primitives.Memory;

namespace Triptych.Columnar.Tests.Parquet;

public sealed class RowGroupCopyTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_copied_row_group_reads_as_the_source_does_wherever_it_lands()
    {
        var source = await RoundTripTests.Open(CorruptionTests.SmallFile());
        var stream = new MemoryStream();
        using var writer = new ParquetWriter(stream, source.Schema);
        writer.AddSection("in front", new byte[1000]);
        await writer.CopyRowGroupAsync(source, 1, Cancel);
        writer.AddSection("between", new byte[77]);
        var summary = await writer.CopyRowGroupAsync(source, 0, Cancel);
        var finished = writer.Finish();

        summary.RowCount.ShouldBe(6);
        summary.CompressedBytes.ShouldBe(source.Footer.RowGroups[0].Columns.Sum(chunk => chunk.CompressedBytes));
        finished.RowCount.ShouldBe(12);
        var copy = await RoundTripTests.Open(stream.ToArray());
        (await Show(copy, 0)).ShouldBe(await Show(source, 1));
        (await Show(copy, 1)).ShouldBe(await Show(source, 0));
        foreach (var (from, to) in source.Footer.RowGroups[0].Columns.Zip(copy.Footer.RowGroups[1].Columns))
        {
            to.StartOffset.ShouldBeGreaterThan(from.StartOffset);
            to.Codec.ShouldBe(from.Codec);
            to.Encodings.ShouldBe(from.Encodings);
            to.Statistics.Min.ShouldBe(from.Statistics.Min);
            to.Statistics.Max.ShouldBe(from.Statistics.Max);
            to.HasBloomFilter.ShouldBe(from.HasBloomFilter);
            var fromIndex = await source.RowGroups[0].ReadPageIndexAsync(from.Column, Cancel);
            var toIndex = await copy.RowGroups[1].ReadPageIndexAsync(to.Column, Cancel);
            toIndex!.Pages.Select(page => (page.FirstRow, page.RowCount)).ShouldBe(fromIndex!.Pages.Select(page => (page.FirstRow, page.RowCount)));
            toIndex.Pages.Select(page => Convert.ToHexString(page.Statistics.Min ?? [])).ShouldBe(fromIndex.Pages.Select(page => Convert.ToHexString(page.Statistics.Min ?? [])));
        }

        (await copy.RowGroups[1].MightContainAsync(copy.Schema.Column("id"), BitConverter.GetBytes(13L), Cancel)).ShouldBeTrue();
        (await copy.RowGroups[1].MightContainAsync(copy.Schema.Column("id"), BitConverter.GetBytes(14L), Cancel)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_damaged_source_is_never_copied_as_if_it_were_right()
    {
        var bytes = CorruptionTests.SmallFile();
        var expected = await Show(await RoundTripTests.Open(bytes), 0);
        var refused = 0;
        var intact = await RoundTripTests.Open(bytes);
        var end = intact.Footer.RowGroups[1].Columns[0].StartOffset;
        for (var at = 4; at < end; at++)
        {
            var altered = (byte[])bytes.Clone();
            altered[at] ^= 0x10;
            var source = await RoundTripTests.Open(altered);
            var stream = new MemoryStream();
            using var writer = new ParquetWriter(stream, source.Schema);
            try
            {
                await writer.CopyRowGroupAsync(source, 0, Cancel);
            }
            catch (CorruptFileException error)
            {
                error.FileName.ShouldBe("file");
                Should.Throw<InvalidOperationException>(() => writer.Finish());
                refused++;
                continue;
            }

            writer.Finish();
            try
            {
                (await Show(await RoundTripTests.Open(stream.ToArray()), 0)).ShouldBe(expected, $"byte {at}");
            }
            catch (CorruptFileException)
            {
                // What only decoding shows is found when the copy is read.
            }
        }

        refused.ShouldBeGreaterThan((int)end / 2);
    }

    [Fact]
    public async Task Another_schema_or_a_file_without_checksums_is_refused()
    {
        var source = await RoundTripTests.Open(CorruptionTests.SmallFile());
        foreach (var field in new[] { ParquetField.Int32("id"), ParquetField.Int64("id", nullable: true), ParquetField.Int64("other") })
        {
            using var writer = new ParquetWriter(new MemoryStream(), new ParquetSchema(field));
            (await Should.ThrowAsync<ArgumentException>(async () => await writer.CopyRowGroupAsync(source, 0, Cancel))).Message.ShouldContain("schema");
        }

        var bytes = CorruptionTests.SmallFile();
        "none"u8.CopyTo(bytes.AsSpan(bytes.AsSpan().LastIndexOf("TRPG"u8)));
        "zhecksums"u8.CopyTo(bytes.AsSpan(bytes.AsSpan().LastIndexOf("checksums"u8)));
        var foreign = await RoundTripTests.Open(bytes);
        using var other = new ParquetWriter(new MemoryStream(), foreign.Schema);
        (await Should.ThrowAsync<ArgumentException>(async () => await other.CopyRowGroupAsync(foreign, 0, Cancel))).Message.ShouldContain("checksums");
    }

    [Fact]
    public async Task Columns_of_the_source_alone_stay_behind_and_those_of_the_copy_alone_are_written_anew()
    {
        var source = await RoundTripTests.Open(CorruptionTests.SmallFile());
        var stream = new MemoryStream();
        using var writer = new ParquetWriter(stream, new ParquetSchema(ParquetField.Fixed("trace", 4), ParquetField.Int32("extra"), ParquetField.Int64("id")));
        var replaced = new Dictionary<string, Action<ColumnWriter>> { ["extra"] = column => column.WriteInt32([7, 7, 7, 7, 7, 7]) };
        await writer.CopyRowGroupAsync(source, 0, replaced, Cancel);
        writer.Finish();
        var copy = await RoundTripTests.Open(stream.ToArray());
        using var ids = await copy.RowGroups[0].ReadColumnAsync(copy.Schema.Column("id"), cancellationToken: Cancel);
        ids.Int64s.ToArray().ShouldBe([1L, 2, 3, 5, 8, 13]);
        using var extra = await copy.RowGroups[0].ReadColumnAsync(copy.Schema.Column("extra"), cancellationToken: Cancel);
        extra.Int32s.ToArray().ShouldAllBe(value => value == 7);
        using var expected = await source.RowGroups[0].ReadColumnAsync(source.Schema.Column("trace"), cancellationToken: Cancel);
        using var traces = await copy.RowGroups[0].ReadColumnAsync(copy.Schema.Column("trace"), cancellationToken: Cancel);
        traces.Data.SequenceEqual(expected.Data).ShouldBeTrue();
    }

    [Fact]
    public async Task Copying_takes_memory_of_a_few_pages_only()
    {
        var column = ColumnCase.Create(ParquetType.Int64, nullable: false, list: false, nullableList: false, 400_000, 200_000, 1);
        var options = new ParquetWriterOptions { Codec = ParquetCodec.Uncompressed }.WithColumn("v", new ColumnOptions { Encoding = ColumnEncoding.Plain });
        var bytes = RoundTripTests.Write(column, options, out _);
        var budget = new MemoryBudget("copy", 300_000);
        var source = await ParquetFile.OpenAsync(new MemoryInput(bytes, "file"), new ParquetReaderOptions { Budget = budget, ReadBytes = 100_000 }, Cancel);
        using var writer = new ParquetWriter(Stream.Null, source.Schema);
        (await writer.CopyRowGroupAsync(source, 0, Cancel)).CompressedBytes.ShouldBeGreaterThan(3_000_000);
        budget.Used.ShouldBe(0);
    }

    private static async Task<string> Show(ParquetFile file, int group)
    {
        var text = new System.Text.StringBuilder();
        foreach (var column in file.Schema.Columns)
        {
            using var all = await file.RowGroups[group].ReadColumnAsync(column, cancellationToken: Cancel);
            text.AppendLine(ColumnCase.Show(ColumnCase.RowsOf(all)));
            using var some = await file.RowGroups[group].ReadColumnAsync(column, new RowRange(2, 3), ColumnForm.Codes, Cancel);
            text.AppendLine(ColumnCase.Show(ColumnCase.RowsOf(some)));
        }

        return text.ToString();
    }
}
