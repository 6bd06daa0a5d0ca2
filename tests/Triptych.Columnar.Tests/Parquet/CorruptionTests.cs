using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Pages;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Parquet.Writing;

namespace Triptych.Columnar.Tests.Parquet;

/// <summary>A damaged file gives <see cref="CorruptFileException"/>, or the same rows where the damage does not matter; nothing else.</summary>
public sealed class CorruptionTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_file_cut_at_any_length_is_corrupt()
    {
        var bytes = SmallFile();
        for (var length = 0; length < bytes.Length; length++)
        {
            var cut = bytes[..length];
            var error = await Should.ThrowAsync<CorruptFileException>(async () => await ReadAll(cut));
            error.FileName.ShouldBe("small");
            error.Offset.ShouldBeInRange(0, length);
        }
    }

    [Fact]
    public async Task Any_altered_byte_is_found_or_does_not_matter()
    {
        var bytes = SmallFile();
        var expected = await ReadAll(bytes);
        var random = new Random(42);
        var unnoticed = 0;
        for (var at = 0; at < bytes.Length; at++)
        {
            foreach (var flip in new[] { 1 << random.Next(8), 1 << random.Next(8), random.Next(1, 256) })
            {
                var altered = (byte[])bytes.Clone();
                altered[at] ^= (byte)flip;
                try
                {
                    var rows = await ReadAll(altered);
                    rows.ShouldBe(expected, $"byte {at} ^ {flip}");
                    unnoticed++;
                }
                catch (CorruptFileException error)
                {
                    error.FileName.ShouldBe("small");
                }
            }
        }

        // Page headers have fields that change nothing.
        unnoticed.ShouldBeLessThan(bytes.Length / 4);
    }

    [Fact]
    public async Task A_file_without_checksums_never_fails_in_another_way()
    {
        var bytes = SmallFile();
        var guard = bytes.AsSpan().LastIndexOf("TRPG"u8);
        var random = new Random(7);
        for (var i = 0; i < 20_000; i++)
        {
            var altered = (byte[])bytes.Clone();
            "none"u8.CopyTo(altered.AsSpan(guard));
            "zhecksums"u8.CopyTo(altered.AsSpan(altered.AsSpan().LastIndexOf("checksums"u8)));
            for (var n = random.Next(1, 4); n > 0; n--)
                altered[random.Next(altered.Length)] = (byte)random.Next(256);
            try
            {
                await ReadAll(altered);
            }
            catch (CorruptFileException)
            {
            }
        }
    }

    [Fact]
    public async Task Random_bytes_in_a_right_frame_never_fail_in_another_way()
    {
        var random = new Random(11);
        for (var i = 0; i < 5_000; i++)
        {
            var bytes = new byte[random.Next(12, 200)];
            random.NextBytes(bytes);
            "PAR1"u8.CopyTo(bytes);
            "PAR1"u8.CopyTo(bytes.AsSpan(bytes.Length - 4));
            BitConverter.TryWriteBytes(bytes.AsSpan(bytes.Length - 8), random.Next(bytes.Length));
            await Should.ThrowAsync<CorruptFileException>(async () => await ReadAll(bytes));
        }
    }

    /// <summary>Page headers are the only bytes that no checksum covers.</summary>
    [Theory]
    [InlineData(ParquetCodec.Uncompressed, DataPageVersion.V1)]
    [InlineData(ParquetCodec.Uncompressed, DataPageVersion.V2)]
    [InlineData(ParquetCodec.Zstd, DataPageVersion.V2)]
    public async Task Any_altered_bit_of_a_page_header_is_found_or_does_not_matter(ParquetCodec codec, DataPageVersion version)
    {
        var bytes = EncodedFiles.Write(codec, version, rows: 40, pageRows: 16, out _);
        var file = await ParquetFile.OpenAsync(new MemoryInput(bytes, "small"), new ParquetReaderOptions { MaxColumnBytes = 10_000_000 }, Cancel);
        var found = 0;
        foreach (var column in file.Schema.Columns)
        {
            var chunk = file.RowGroups[0].Info.Columns[column.Index];
            var expected = await ShowAsync(file, column);
            for (var page = (int)chunk.StartOffset; page < chunk.StartOffset + chunk.CompressedBytes;)
            {
                var header = PageHeader.Read(bytes.AsSpan(page), out var length);
                for (var bit = 0; bit < length * 8; bit++)
                {
                    bytes[page + (bit / 8)] ^= (byte)(1 << (bit % 8));
                    try
                    {
                        (await ShowAsync(file, column)).ShouldBe(expected, $"{column.Name}, page at {page}, bit {bit}");
                    }
                    catch (CorruptFileException)
                    {
                        found++;
                    }

                    bytes[page + (bit / 8)] ^= (byte)(1 << (bit % 8));
                }

                page += length + header.CompressedSize;
            }
        }

        found.ShouldBeGreaterThan(10_000);
    }

    private static async Task<string> ShowAsync(ParquetFile file, ParquetColumn column)
    {
        using var values = await file.RowGroups[0].ReadColumnAsync(column, cancellationToken: Cancel);
        return ColumnCase.Show(ColumnCase.RowsOf(values));
    }

    internal static byte[] SmallFile()
    {
        var schema = new ParquetSchema(
            ParquetField.Int64("id"), ParquetField.Boolean("flag", nullable: true), ParquetField.Double("value"), ParquetField.String("name", nullable: true),
            ParquetField.Fixed("trace", 4), ParquetField.MapOf("attributes", nullable: true, ParquetField.String("value", nullable: true)));
        var stream = new MemoryStream();
        var options = new ParquetWriterOptions { PageRows = 4 }
            .WithColumn("id", new ColumnOptions { Encoding = ColumnEncoding.Delta, BloomFilter = true })
            .WithColumn("trace", new ColumnOptions { Encoding = ColumnEncoding.Plain, Codec = ParquetCodec.Uncompressed });
        using var writer = new ParquetWriter(stream, schema, options);
        for (var i = 0; i < 2; i++)
        {
            var group = writer.BeginRowGroup();
            group.Column("id").WriteInt64([1, 2, 3, 5, 8, 13]);
            group.Column("flag").WriteBool([true, false, true, true, true, false], ColumnShape.Nullable([true, true, false, true, true, true]));
            group.Column("value").WriteDouble([0.5, 0.25, 1, 2, 4, 8]);
            group.Column("name").WriteBytes([1, 2, 3, 4, 5, 5], "aaaaa"u8, ColumnShape.Nullable([true, true, true, true, true, false]));
            group.Column("trace").WriteFixed("abcdefghijklmnopqrstuvwx"u8);
            bool[] lists = [true, true, false, true, true, true];
            group.Column("attributes", "key").WriteBytes([1, 2, 3], "xyx"u8, ColumnShape.Lists([2, 2, 2, 3, 3, 3], listValidity: lists));
            group.Column("attributes", "value").WriteBytes([2, 2, 4], "1122"u8, ColumnShape.Lists([2, 2, 2, 3, 3, 3], [true, false, true], lists));
            group.End();
            writer.AddSection("extra" + i, "section"u8);
        }

        writer.Finish();
        return stream.ToArray();
    }

    private static async Task<string> ReadAll(byte[] bytes)
    {
        var file = await ParquetFile.OpenAsync(new MemoryInput(bytes, "small"), new ParquetReaderOptions { TailBytes = 64, MaxColumnBytes = 100_000_000 }, Cancel);
        var text = new System.Text.StringBuilder();
        foreach (var group in file.RowGroups)
        {
            foreach (var column in file.Schema.Columns)
            {
                using var all = await group.ReadColumnAsync(column, cancellationToken: Cancel);
                text.AppendLine(ColumnCase.Show(ColumnCase.RowsOf(all)));
                if (group.RowCount > 1)
                {
                    using var some = await group.ReadColumnAsync(column, new RowRange(1, group.RowCount - 1), ColumnForm.Codes, Cancel);
                    text.AppendLine(ColumnCase.Show(ColumnCase.RowsOf(some)));
                }

                text.Append(await group.MightContainAsync(column, BitConverter.GetBytes(13L), Cancel));
            }
        }

        foreach (var name in file.Footer.Sections.Keys.Order(StringComparer.Ordinal))
        {
            using var section = await file.ReadSectionAsync(name, Cancel);
            text.AppendLine(Convert.ToHexString(section.Span));
        }

        return text.ToString();
    }
}
