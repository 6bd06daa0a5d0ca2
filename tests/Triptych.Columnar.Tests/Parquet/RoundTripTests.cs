using System.Text;
using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Parquet.Writing;
using Triptych.Primitives.Memory;

namespace Triptych.Columnar.Tests.Parquet;

public sealed class RoundTripTests
{
    private const int PageRows = 50;

    private static readonly ParquetType[] AllTypes =
    [
        ParquetType.Boolean, ParquetType.Int32, ParquetType.Int64, ParquetType.Float, ParquetType.Double, ParquetType.ByteArray, ParquetType.FixedLenByteArray,
    ];

    public static TheoryData<ParquetType, ColumnEncoding, ParquetCodec> Kinds
    {
        get
        {
            var kinds = new TheoryData<ParquetType, ColumnEncoding, ParquetCodec>();
            foreach (var codec in new[] { ParquetCodec.Uncompressed, ParquetCodec.Snappy, ParquetCodec.Zstd })
            {
                foreach (var type in AllTypes)
                {
                    kinds.Add(type, ColumnEncoding.Dictionary, codec);
                    kinds.Add(type, ColumnEncoding.Plain, codec);
                }

                kinds.Add(ParquetType.Int32, ColumnEncoding.Delta, codec);
                kinds.Add(ParquetType.Int64, ColumnEncoding.Delta, codec);
                kinds.Add(ParquetType.ByteArray, ColumnEncoding.DeltaLength, codec);
                kinds.Add(ParquetType.ByteArray, ColumnEncoding.DeltaPrefix, codec);
                kinds.Add(ParquetType.FixedLenByteArray, ColumnEncoding.DeltaPrefix, codec);
                foreach (var type in AllTypes.Where(type => type is not (ParquetType.Boolean or ParquetType.ByteArray)))
                    kinds.Add(type, ColumnEncoding.ByteStreamSplit, codec);
            }

            return kinds;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Columns_come_back_as_they_were_written(ParquetType type, ColumnEncoding encoding, ParquetCodec codec)
    {
        var seed = 1;
        foreach (var rowCount in new[] { 0, 1, PageRows - 1, PageRows, PageRows + 1, 777 })
        {
            foreach (var distinct in new[] { 1, 8, 700 })
            {
                for (var shape = 0; shape < 6; shape++)
                {
                    var column = ColumnCase.Create(type, shape % 2 == 1, shape >= 2, shape >= 4, rowCount, distinct, seed++);
                    await RoundTrip(column, encoding, codec, seed);
                }
            }
        }
    }

    [Fact]
    public async Task A_dictionary_that_grows_past_its_bound_gives_way_to_plain_values()
    {
        var column = ColumnCase.Create(ParquetType.ByteArray, nullable: true, list: false, nullableList: false, 2000, 1500, 5);

        // The first pages repeat few values, so that the dictionary pays at first.
        var few = column.Rows.Where(row => row?[0] is not null).Take(3).ToList();
        for (var i = 0; i < 300; i++)
            column.Rows[i] = few[i % 3];
        var options = new ParquetWriterOptions { PageRows = PageRows, DictionarySizeBytes = 2000 };
        var file = await Open(Write(column, options, out _));

        file.Footer.RowGroups[0].Columns[0].Encodings.ShouldContain(ParquetEncoding.RleDictionary);
        using var codes = await file.RowGroups[0].ReadColumnAsync(file.Schema.Columns[0], form: ColumnForm.Codes, cancellationToken: Cancel);
        codes.IsCoded.ShouldBeFalse();
        ColumnCase.Show(ColumnCase.RowsOf(codes)).ShouldBe(ColumnCase.Show(column.Rows));
        using var first = await file.RowGroups[0].ReadColumnAsync(file.Schema.Columns[0], new RowRange(10, 100), ColumnForm.Codes, Cancel);
        first.IsCoded.ShouldBeTrue();
        ColumnCase.Show(ColumnCase.RowsOf(first)).ShouldBe(ColumnCase.Show(column.Rows.GetRange(10, 100)));
    }

    [Theory]
    [InlineData(DataPageVersion.V2, true, ParquetEncoding.DeltaLengthByteArray)]
    [InlineData(DataPageVersion.V2, false, ParquetEncoding.Plain)]
    [InlineData(DataPageVersion.V1, true, ParquetEncoding.Plain)]
    public async Task Behind_a_dictionary_values_of_one_length_are_written_without_their_lengths(
        DataPageVersion version, bool isOneLength, ParquetEncoding expected)
    {
        var column = IdsBehindADictionary(isOneLength);
        var options = new ParquetWriterOptions { PageRows = PageRows, PageVersion = version };
        var file = await Open(Write(column, options, out _));

        var encodings = file.Footer.RowGroups[0].Columns[0].Encodings;
        encodings.ShouldContain(ParquetEncoding.RleDictionary);
        encodings.ShouldContain(expected);
        encodings.Contains(ParquetEncoding.DeltaLengthByteArray).ShouldBe(expected == ParquetEncoding.DeltaLengthByteArray);
        using var values = await file.RowGroups[0].ReadColumnAsync(file.Schema.Columns[0], cancellationToken: Cancel);
        ColumnCase.Show(ColumnCase.RowsOf(values)).ShouldBe(ColumnCase.Show(column.Rows));
    }

    /// <summary>A page and more of few values, then more ids than a dictionary of the usual size has room for.</summary>
    internal static ColumnCase IdsBehindADictionary(bool isOneLength)
    {
        byte[] Id(int i) => Encoding.UTF8.GetBytes(isOneLength ? $"{i:x32}" : $"{i:x}".PadLeft(28 + (i % 9), '0'));
        return new ColumnCase
        {
            Field = ParquetField.String("v", nullable: true),
            Rows = [.. Enumerable.Range(0, 45_000).Select(i => (List<byte[]?>?)[i % 7 == 0 ? null : Id(i < 1000 ? i % 3 : i)])],
        };
    }

    [Fact]
    public async Task Sections_metadata_and_sorting_come_back()
    {
        var stream = new MemoryStream();
        var options = new ParquetWriterOptions { SortingColumns = [new SortingColumn(1, Descending: true), new SortingColumn(0)] };
        using var writer = new ParquetWriter(stream, new ParquetSchema(ParquetField.Int64("a"), ParquetField.String("b")), options);
        writer.AddMetadata("who", "wir: ä");
        writer.AddSection("filter", new byte[] { 1, 2, 3 });
        var group = writer.BeginRowGroup();
        Should.Throw<InvalidOperationException>(() => writer.AddSection("open", new byte[1]));
        group.Column("a").WriteInt64([5, 6]);
        group.Column("b").WriteBytes([1, 3], "xyz"u8);
        group.End();
        writer.AddSection("empty", default);
        var summary = writer.Finish();

        summary.FileLength.ShouldBe(stream.Length);
        var file = await Open(stream.ToArray());
        file.Footer.Metadata.ShouldBe(new Dictionary<string, string> { ["who"] = "wir: ä" });
        file.Footer.RowGroups[0].SortingColumns.ShouldBe(options.SortingColumns);
        using (var section = await file.ReadSectionAsync("filter", Cancel))
            section.Span.ToArray().ShouldBe([1, 2, 3]);
        using (var section = await file.ReadSectionAsync("empty", Cancel))
            section.Length.ShouldBe(0);
        await Should.ThrowAsync<KeyNotFoundException>(async () => await file.ReadSectionAsync("none", Cancel));

        var reopened = ParquetFile.Open(new MemoryInput(stream.ToArray(), "again"), summary.Footer);
        using var column = await reopened.RowGroups[0].ReadColumnAsync(reopened.Schema.Column("a"), cancellationToken: Cancel);
        column.Int64s.ToArray().ShouldBe([5L, 6L]);
    }

    [Fact]
    public async Task Bounds_of_chunk_and_pages_hold_and_only_selected_pages_are_read()
    {
        var schema = new ParquetSchema(ParquetField.TimestampNanos("t"), ParquetField.String("s", nullable: true));
        var stream = new MemoryStream();
        using var writer = new ParquetWriter(stream, schema, new ParquetWriterOptions { PageRows = 100 });
        var group = writer.BeginRowGroup();
        group.Column("t").WriteInt64(Enumerable.Range(0, 1000).Select(i => (long)i * 10).ToArray());
        var texts = Enumerable.Range(0, 1000).Select(i => i < 100 ? "" : new string((char)('a' + (i / 100)), 100)).ToArray();
        var ends = new int[1000];
        for (int i = 0, end = 0; i < 1000; i++)
            ends[i] = end += texts[i].Length;
        var bytes = System.Text.Encoding.ASCII.GetBytes(string.Concat(texts));
        group.Column("s").WriteBytes(ends, bytes, ColumnShape.Nullable(texts.Select(text => text != "").ToArray()));
        group.End();
        writer.Finish();

        var input = new CountingInput(stream.ToArray());
        var file = await ParquetFile.OpenAsync(input, cancellationToken: Cancel);
        var reader = file.RowGroups[0];
        reader.Info.Columns[0].Statistics.TryGetInt64(out var min, out var max).ShouldBeTrue();
        (min, max).ShouldBe((0L, 9990L));
        var strings = reader.Info.Columns[1].Statistics;
        strings.NullCount.ShouldBe(100);
        strings.IsMaxExact.ShouldBeFalse();
        System.Text.Encoding.ASCII.GetString(strings.Max!).ShouldBe(new string('j', 63) + "k");
        var pages = (await reader.ReadPageIndexAsync(schema.Columns[1], Cancel))!.Pages;
        pages.Length.ShouldBe(10);
        pages[0].IsAllNull.ShouldBeTrue();
        pages[3].FirstRow.ShouldBe(300);
        pages[3].RowCount.ShouldBe(100);
        System.Text.Encoding.ASCII.GetString(pages[3].Statistics.Min!).ShouldBe(new string('d', 64));

        await reader.ReadPageIndexAsync(schema.Columns[0], Cancel);
        input.BytesRead = 0;
        using var column = await reader.ReadColumnAsync(file.Schema.Columns[0], new RowRange[] { new(150, 2), new(399, 3) }, cancellationToken: Cancel);
        column.Int64s.ToArray().ShouldBe([1500L, 1510, 3990, 4000, 4010]);
        input.BytesRead.ShouldBeLessThan(reader.Info.Columns[0].CompressedBytes / 2);
    }

    [Fact]
    public async Task A_bloom_filter_finds_all_values_and_few_others()
    {
        foreach (var distinct in new[] { 10, 3000 })
        {
            var column = ColumnCase.Create(ParquetType.ByteArray, nullable: true, list: false, nullableList: false, 5000, distinct, 3);
            var options = new ParquetWriterOptions { PageRows = 500, DictionarySizeBytes = 4000 }.WithColumn("v", new ColumnOptions { BloomFilter = true });
            var file = await Open(Write(column, options, out _));
            var leaf = file.Schema.Columns[0];
            foreach (var value in column.Rows.Select(row => row![0]).OfType<byte[]>().Take(500))
                (await file.RowGroups[0].MightContainAsync(leaf, value, Cancel)).ShouldBeTrue();
            var wrong = 0;
            for (var i = 0; i < 1000; i++)
                wrong += await file.RowGroups[0].MightContainAsync(leaf, BitConverter.GetBytes(i), Cancel) ? 1 : 0;
            wrong.ShouldBeLessThan(50);
        }
    }

    [Fact]
    public async Task All_memory_goes_back_to_the_budget()
    {
        var budget = new MemoryBudget("test", 50_000_000);
        var column = ColumnCase.Create(ParquetType.ByteArray, nullable: true, list: true, nullableList: true, 3000, 20, 9);
        var bytes = Write(column, new ParquetWriterOptions(), out _);
        var file = await ParquetFile.OpenAsync(new MemoryInput(bytes, "f"), new ParquetReaderOptions { Budget = budget }, Cancel);
        foreach (var form in new[] { ColumnForm.Values, ColumnForm.Codes })
        {
            using var read = await file.RowGroups[0].ReadColumnAsync(file.Schema.Columns[0], form: form, cancellationToken: Cancel);
            budget.Used.ShouldBeGreaterThan(0);
            read.IsCoded.ShouldBe(form == ColumnForm.Codes);
        }

        budget.Used.ShouldBe(0);
        var small = new MemoryBudget("small", 100);
        await Should.ThrowAsync<MemoryBudgetExceededException>(async () =>
            await ParquetFile.OpenAsync(new MemoryInput(bytes, "f"), new ParquetReaderOptions { Budget = small }, Cancel));
        small.Used.ShouldBe(0);
    }

    [Theory]
    [InlineData(ParquetType.ByteArray, ColumnEncoding.Delta)]
    [InlineData(ParquetType.ByteArray, ColumnEncoding.ByteStreamSplit)]
    [InlineData(ParquetType.Boolean, ColumnEncoding.ByteStreamSplit)]
    [InlineData(ParquetType.Double, ColumnEncoding.Delta)]
    [InlineData(ParquetType.Int64, ColumnEncoding.DeltaPrefix)]
    public void An_encoding_that_is_none_of_the_type_is_refused_before_anything_is_written(ParquetType type, ColumnEncoding encoding)
    {
        var stream = new MemoryStream();
        var schema = new ParquetSchema(ParquetField.Leaf("v", type, nullable: false));
        var options = new ParquetWriterOptions().WithColumn("v", new ColumnOptions { Encoding = encoding });
        Should.Throw<ArgumentException>(() => new ParquetWriter(stream, schema, options)).Message.ShouldContain($"cannot be encoded as {encoding}");
        Should.Throw<ArgumentException>(() => new ParquetWriter(stream, schema, new ParquetWriterOptions { Codec = ParquetCodec.Gzip }))
            .Message.ShouldContain("Gzip");
        stream.Length.ShouldBe(0);
    }

    [Fact]
    public void Columns_of_different_length_are_refused()
    {
        using var writer = new ParquetWriter(new MemoryStream(), new ParquetSchema(ParquetField.Int64("a"), ParquetField.Int64("b")));
        using var group = writer.BeginRowGroup();
        group.Column("a").WriteInt64([1, 2]);
        group.Column("b").WriteInt64([1]);
        Should.Throw<InvalidOperationException>(() => group.End()).Message.ShouldContain("b has 1 rows");
        Should.Throw<ArgumentException>(() => group.Column("a").WriteDouble([1.0])).Message.ShouldContain("Int64");
    }

    internal static CancellationToken Cancel => TestContext.Current.CancellationToken;

    internal static byte[] Write(ColumnCase column, ParquetWriterOptions options, out ParquetFileSummary summary)
    {
        var stream = new MemoryStream();
        using var writer = new ParquetWriter(stream, new ParquetSchema(column.Field), options);
        var group = writer.BeginRowGroup();
        for (var from = 0; from < column.Rows.Count;)
        {
            var count = Math.Min(column.Rows.Count - from, 1 + (from % 170));
            column.Write(group.Column(0), from, count);
            from += count;
        }

        group.End();
        summary = writer.Finish();
        return stream.ToArray();
    }

    internal static ValueTask<ParquetFile> Open(byte[] bytes) => ParquetFile.OpenAsync(new MemoryInput(bytes, "file"), cancellationToken: Cancel);

    private static async Task RoundTrip(ColumnCase column, ColumnEncoding encoding, ParquetCodec codec, int seed)
    {
        var name = new ParquetSchema(column.Field).Columns[0].Name;
        var version = seed % 4 < 2 ? DataPageVersion.V1 : DataPageVersion.V2;
        var options = new ParquetWriterOptions { PageRows = PageRows, Codec = codec, PageVersion = version }
            .WithColumn(name, new ColumnOptions { Encoding = encoding });
        var file = await Open(Write(column, options, out _));
        var reader = file.RowGroups[0];
        var leaf = file.Schema.Columns[0];
        file.Footer.RowCount.ShouldBe(column.Rows.Count);
        foreach (var form in new[] { ColumnForm.Values, ColumnForm.Codes })
        {
            using var all = await reader.ReadColumnAsync(leaf, form: form, cancellationToken: Cancel);
            ColumnCase.Show(ColumnCase.RowsOf(all)).ShouldBe(ColumnCase.Show(column.Rows), $"seed {seed}");
            all.NullCount.ShouldBe(column.Rows.Sum(row => row?.Count(slot => slot is null) ?? 0));
        }

        var random = new Random(seed);
        var ranges = new List<RowRange>();
        for (var at = random.Next(60); at < column.Rows.Count;)
        {
            var count = Math.Min(random.Next(90), column.Rows.Count - at);
            ranges.Add(new RowRange(at, count));
            at += count + random.Next(120);
        }

        var expected = ranges.SelectMany(range => column.Rows.GetRange((int)range.Start, (int)range.Count));
        using var some = await reader.ReadColumnAsync(leaf, ranges.ToArray(), ColumnForm.Codes, Cancel);
        ColumnCase.Show(ColumnCase.RowsOf(some)).ShouldBe(ColumnCase.Show(expected), $"seed {seed}");
    }

    private sealed class CountingInput(byte[] bytes) : IParquetInput
    {
        public long BytesRead { get; set; }

        public string Name => "counting";

        public long Length => bytes.Length;

        public ValueTask ReadAsync(long offset, Memory<byte> into, CancellationToken cancellationToken)
        {
            BytesRead += into.Length;
            bytes.AsMemory((int)offset, into.Length).CopyTo(into);
            return ValueTask.CompletedTask;
        }
    }
}
