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
    public void A_bound_that_is_NaN_rules_nothing_out()
    {
        var column = new ParquetSchema(ParquetField.Double("value")).Column("value");
        var asked = ColumnBounds.Between(column, Bytes(5), Bytes(6));
        asked.MayHold(new ColumnStatistics { Min = Bytes(1), Max = Bytes(double.NaN) }).ShouldBeTrue("the largest value is not known");
        asked.MayHold(new ColumnStatistics { Min = Bytes(double.NaN), Max = Bytes(9) }).ShouldBeTrue();
        asked.MayHold(new ColumnStatistics { Min = Bytes(7), Max = Bytes(double.NaN) }).ShouldBeFalse("the smallest value is above");
        asked.MayHold(new ColumnStatistics { Min = Bytes(double.NaN), Max = Bytes(4) }).ShouldBeFalse("the largest value is below");
        ColumnBounds.Between(column, Bytes(double.NaN), Bytes(double.NaN)).MayHold(new ColumnStatistics { Min = Bytes(1), Max = Bytes(2) }).ShouldBeTrue();

        static byte[] Bytes(double value) => BitConverter.GetBytes(value);
    }

    [Theory]
    [InlineData(ParquetType.FixedLenByteArray, 2)]
    [InlineData(ParquetType.ByteArray, 0)]
    public void Bytes_of_an_unknown_annotation_are_not_pruned_by(ParquetType type, int width)
    {
        // As DECIMAL, big-endian and signed: from -1 to 1, whose bytes are in the other order.
        var other = new ParquetField("value", ParquetRepetition.Required, type, width, ParquetLogicalType.Other, []);
        var statistics = new ColumnStatistics { Min = [0xFF, 0xFF], Max = [0x00, 0x01] };
        ColumnBounds.Equal(new ParquetSchema(other).Column("value"), [0x00, 0x00]).MayHold(statistics).ShouldBeTrue();
        var plain = new ParquetField("value", ParquetRepetition.Required, type, width, ParquetLogicalType.None, []);
        ColumnBounds.Equal(new ParquetSchema(plain).Column("value"), [0x00, 0x00]).MayHold(new ColumnStatistics { Min = [0x00, 0x01], Max = [0x00, 0x02] })
            .ShouldBeFalse();
    }

    [Fact]
    public async Task Pages_that_are_null_throughout_are_not_read()
    {
        var schema = new ParquetSchema(ParquetField.String("text", nullable: true), ParquetField.Int64("number", nullable: true));
        using var stream = new MemoryStream();
        using (var writer = new ParquetWriter(stream, schema, new ParquetWriterOptions { PageRows = PageRows }))
        {
            var rows = writer.BeginRowGroup();
            bool[] validity = [.. Enumerable.Range(0, 2000).Select(i => i is >= 900 and < 910 or 1999)];
            byte[][] texts = [.. Enumerable.Range(0, 2000).Select(i => validity[i] ? System.Text.Encoding.UTF8.GetBytes($"text {i % 5}") : [])];
            var ends = new int[2000];
            for (var i = 0; i < ends.Length; i++)
                ends[i] = (i == 0 ? 0 : ends[i - 1]) + texts[i].Length;
            rows.Column("text").WriteBytes(ends, texts.SelectMany(static t => t).ToArray(), ColumnShape.Nullable(validity));
            rows.Column("number").WriteInt64([.. Enumerable.Range(0, 2000).Select(i => validity[i] ? (long)i : 0)], ColumnShape.Nullable(validity));
            rows.End();
            writer.Finish();
        }

        var file = await RoundTripTests.Open(stream.ToArray());
        var group = file.RowGroups[0];
        foreach (var form in new[] { ColumnForm.Values, ColumnForm.Codes })
        {
            using var text = await group.ReadColumnAsync(file.Schema.Column("text"), new RowRange(50, 1800), form, Cancel);
            text.PagesRead.ShouldBe(1);
            text.RowCount.ShouldBe(1800);
            text.NullCount.ShouldBe(1790);
            for (var i = 0; i < text.RowCount; i++)
            {
                var isThere = i + 50 is >= 900 and < 910;
                text.IsNull(i).ShouldBe(!isThere);
                System.Text.Encoding.UTF8.GetString(text.Bytes(i)).ShouldBe(isThere ? $"text {(i + 50) % 5}" : "");
            }

            using var none = await group.ReadColumnAsync(file.Schema.Column("text"), new RowRange(150, 300), form, Cancel);
            (none.PagesRead, none.StoredBytes, none.RowCount, none.NullCount).ShouldBe((0, 0, 300, 300));
        }

        RowRange[] some = [new RowRange(3, 10), new RowRange(895, 20), new RowRange(1990, 10)];
        using var numbers = await group.ReadColumnAsync(file.Schema.Column("number"), some, cancellationToken: Cancel);
        numbers.PagesRead.ShouldBe(2);
        numbers.StoredBytes.ShouldBeLessThan(group.Info.Columns[1].CompressedBytes);
        numbers.Int64s.ToArray().ShouldBe(
            [.. Enumerable.Repeat(0L, 15), .. Enumerable.Range(900, 10).Select(static i => (long)i), .. Enumerable.Repeat(0L, 14), 1999]);
        numbers.NullCount.ShouldBe(29);
    }

    [Fact]
    public void Sets_of_rows_are_what_their_rows_are()
    {
        var random = new Random(7);
        for (var round = 0; round < 500; round++)
        {
            var (left, leftRows) = Random(random);
            var (right, rightRows) = Random(random);
            Rows(RowRanges.Intersect(left, right)).ShouldBe([.. leftRows.Intersect(rightRows).Order()]);
            Rows(RowRanges.Union(left, right)).ShouldBe([.. leftRows.Union(rightRows).Order()]);
            RowRanges.Count(left).ShouldBe(leftRows.Count);
        }

        static (RowRange[] Ranges, HashSet<long> Rows) Random(Random random)
        {
            var ranges = new List<RowRange>();
            for (var at = (long)random.Next(5); at < 40; at += ranges[^1].Count + 1 + random.Next(6))
                ranges.Add(new RowRange(at, random.Next(1, 8)));
            return ([.. ranges], [.. Rows([.. ranges])]);
        }

        static List<long> Rows(RowRange[] ranges)
        {
            var rows = new List<long>();
            foreach (var range in ranges)
            {
                range.Count.ShouldBeGreaterThan(0);
                for (var row = range.Start; row < range.End; row++)
                    rows.Add(row);
            }

            rows.ShouldBe([.. rows.Distinct().Order()]);
            return rows;
        }
    }

    [Fact]
    public async Task Pages_are_ruled_out_by_sets_of_integers_and_by_single_ones()
    {
        var schema = new ParquetSchema(ParquetField.Int32("n"));
        using var stream = new MemoryStream();
        using (var writer = new ParquetWriter(stream, schema, new ParquetWriterOptions { PageRows = PageRows }))
        {
            var rows = writer.BeginRowGroup();
            rows.Column("n").WriteInt32([.. Enumerable.Range(0, 1000).Select(static i => i < 100 ? 7 : i)]);
            rows.End();
            writer.Finish();
        }

        var file = await RoundTripTests.Open(stream.ToArray());
        var (group, n) = (file.RowGroups[0], file.Schema.Column("n"));
        (await group.FindRowsAsync([ColumnBounds.AnyOf(n, new[] { 7, 350, 351 })], Cancel)).ShouldBe([new RowRange(0, 100), new RowRange(300, 100)]);
        (await group.FindRowsAsync([ColumnBounds.AnyOf(n, default)], Cancel)).ShouldBeEmpty();
        (await group.FindRowsAsync([ColumnBounds.AnyOf(n, new[] { -5, 1000 })], Cancel)).ShouldBeEmpty();
        (await group.FindRowsAsync([ColumnBounds.Except(n, 7)], Cancel)).ShouldBe([new RowRange(100, 900)]);
        (await group.FindRowsAsync([ColumnBounds.Between(n, long.MinValue, 99L)], Cancel)).ShouldBe([new RowRange(0, 100)]);
        (await group.FindRowsAsync([ColumnBounds.Between(n, 1L << 40, long.MaxValue)], Cancel)).ShouldBeEmpty();
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
