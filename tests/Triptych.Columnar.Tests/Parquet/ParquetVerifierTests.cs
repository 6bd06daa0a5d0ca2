using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Parquet.Verification;
using Triptych.Columnar.Parquet.Writing;

namespace Triptych.Columnar.Tests.Parquet;

public sealed class ParquetVerifierTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Files_of_all_kinds_of_columns_are_right()
    {
        foreach (var bytes in EncodedFiles.All())
            (await VerifyAsync(bytes)).ShouldBeEmpty();
        (await VerifyAsync(CorruptionTests.SmallFile())).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_altered_byte_anywhere_but_in_a_field_without_meaning_is_found()
    {
        var bytes = CorruptionTests.SmallFile();
        var missed = new List<int>();
        for (var at = 0; at < bytes.Length; at++)
        {
            var altered = (byte[])bytes.Clone();
            altered[at] ^= 0x20;
            var problems = await VerifyAsync(altered);
            if (problems.Count == 0)
                missed.Add(at);
            problems.ShouldAllBe(problem => problem.FileName == "file" && problem.Offset >= 0 && problem.Offset <= bytes.Length);
        }

        // Some fields of page headers change nothing; all else is covered.
        missed.Count.ShouldBeLessThan(bytes.Length / 20, string.Join(' ', missed));
    }

    [Fact]
    public async Task Rows_out_of_order_are_found()
    {
        (await VerifyAsync(Sorted([1, 2, 2, 7]))).ShouldBeEmpty();
        (await VerifyAsync(Sorted([1, 2, 7, 2]))).ShouldHaveSingleItem().Problem.ShouldContain("row 3 of the row group is out of order in column a");
        (await VerifyAsync(Sorted([7, 2, 2, 1], descending: true))).ShouldBeEmpty();

        IReadOnlyList<RowOrderKey> Grouped(ParquetFile file) =>
            [new RowOrderKey(file.Schema.Columns[0], IsGrouped: true), new RowOrderKey(file.Schema.Columns[1])];
        (await VerifyAsync(Pairs([5, 5, 1, 1, 3], [1, 2, 1, 1, 0]), Grouped)).ShouldBeEmpty();
        (await VerifyAsync(Pairs([5, 5, 1, 1, 5], [1, 2, 1, 1, 3]), Grouped)).ShouldHaveSingleItem().Problem.ShouldContain("row 4");
        (await VerifyAsync(Pairs([5, 5, 1, 1, 3], [2, 1, 1, 1, 0]), Grouped)).ShouldHaveSingleItem().Problem.ShouldContain("row 1 of the row group is out of order in column b");
    }

    private static byte[] Sorted(long[] values, bool descending = false)
    {
        var stream = new MemoryStream();
        using var writer = new ParquetWriter(
            stream, new ParquetSchema(ParquetField.Int64("a")), new ParquetWriterOptions { PageRows = 2, SortingColumns = [new SortingColumn(0, descending)] });
        var group = writer.BeginRowGroup();
        group.Column(0).WriteInt64(values);
        group.End();
        writer.Finish();
        return stream.ToArray();
    }

    private static byte[] Pairs(long[] a, long[] b)
    {
        var stream = new MemoryStream();
        var options = new ParquetWriterOptions { PageRows = 3 };
        using var writer = new ParquetWriter(stream, new ParquetSchema(ParquetField.Int64("a"), ParquetField.Int64("b")), options);
        var group = writer.BeginRowGroup();
        group.Column(0).WriteInt64(a);
        group.Column(1).WriteInt64(b);
        group.End();
        writer.Finish();
        return stream.ToArray();
    }

    private static async Task<IReadOnlyList<CorruptFileException>> VerifyAsync(byte[] bytes, Func<ParquetFile, IReadOnlyList<RowOrderKey>>? order = null)
    {
        var verifier = new ParquetVerifier(new MemoryInput(bytes, "file"));
        await verifier.VerifyAsync(order, Cancel);
        return verifier.Problems;
    }
}
