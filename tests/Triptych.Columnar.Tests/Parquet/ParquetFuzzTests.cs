using System.Globalization;
using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Primitives.Memory;

namespace Triptych.Columnar.Tests.Parquet;

/// <summary>
/// Files of every encoding, cut, altered, spliced: each read gives <see cref="CorruptFileException"/> with file and offset, or the right rows, or is
/// refused by the budget; never anything else, and no memory is lost. 10,000 cases; with TRIPTYCH_TEST_LONG a hundred times as many.
/// </summary>
public sealed class ParquetFuzzTests
{
    private const int BudgetBytes = 32 * 1024 * 1024;

    private static readonly int Cases = Environment.GetEnvironmentVariable("TRIPTYCH_TEST_LONG") is { Length: > 0 } ? 1_000_000 : 10_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_damaged_file_is_refused_or_read_right_within_the_budget()
    {
        var seeds = EncodedFiles.All().ToArray();
        var right = new string?[seeds.Length][];
        for (var i = 0; i < seeds.Length; i++)
        {
            var file = await ParquetFile.OpenAsync(new MemoryInput(seeds[i], "seed"), cancellationToken: Cancel);
            right[i] = new string?[file.Schema.Columns.Length];
            foreach (var column in file.Schema.Columns)
                right[i][column.Index] = await ShowAsync(file, column);
        }

        var budget = new MemoryBudget("fuzz", BudgetBytes);
        var options = new ParquetReaderOptions { Budget = budget, MaxColumnBytes = BudgetBytes, TailBytes = 512 };
        var (refused, same) = (0, 0);
        for (var seed = 0; seed < Cases; seed++)
        {
            var random = new Random(seed);
            var number = random.Next(seeds.Length);
            var bytes = Damage(seeds[number], random, out var describe);
            try
            {
                var file = await ParquetFile.OpenAsync(new MemoryInput(bytes, "damaged"), options, Cancel);
                file.Schema.Columns.Length.ShouldBe(right[number].Length, describe);

                // The columns near the damage, and one more, so that a case costs little.
                foreach (var column in file.Schema.Columns.Where(column => column.Index % 24 == seed % 24 || Holds(file, column, describe)))
                    (await ShowAsync(file, column)).ShouldBe(right[number][column.Index], $"seed {seed}: {describe}");
                same++;
            }
            catch (CorruptFileException e)
            {
                e.FileName.ShouldBe("damaged", $"seed {seed}: {describe}");
                e.Offset.ShouldBeInRange(0, bytes.Length, $"seed {seed}: {describe}");
                refused++;
            }
            catch (MemoryBudgetExceededException)
            {
                refused++;
            }
            catch (Exception e) when (e is not (ShouldAssertException or OperationCanceledException))
            {
                Assert.Fail($"seed {seed}: {describe}: {e}");
            }

            budget.Used.ShouldBe(0, $"seed {seed}: {describe}");
        }

        refused.ShouldBeGreaterThan(Cases / 2);
        (refused + same).ShouldBe(Cases);
    }

    private static bool Holds(ParquetFile file, ParquetColumn column, string describe)
    {
        var at = long.Parse(describe.Split(' ')[0], CultureInfo.InvariantCulture);
        var chunk = file.RowGroups.Length > 0 ? file.RowGroups[0].Info.Columns[column.Index] : null;
        return chunk is not null && at >= chunk.StartOffset && at < chunk.StartOffset + chunk.CompressedBytes;
    }

    private static byte[] Damage(byte[] seed, Random random, out string describe)
    {
        var at = random.Next(seed.Length);
        var bytes = (byte[])seed.Clone();
        var kind = random.Next(6);
        describe = string.Create(CultureInfo.InvariantCulture, $"{at} kind {kind}");
        switch (kind)
        {
            case 0:
                return bytes[..at];
            case 1:
                bytes[at] ^= (byte)(1 << random.Next(8));
                return bytes;
            case 2:
                bytes[at] = (byte)random.Next(256);
                return bytes;
            case 3:
                random.NextBytes(bytes.AsSpan(at, Math.Min(random.Next(1, 64), bytes.Length - at)));
                return bytes;
            case 4:
                var from = random.Next(seed.Length);
                var length = Math.Min(random.Next(1, 200), seed.Length - Math.Max(at, from));
                seed.AsSpan(from, length).CopyTo(bytes.AsSpan(at));
                return bytes;
            default:
                return [.. bytes[..at], .. bytes[Math.Min(bytes.Length, at + random.Next(1, 40))..]];
        }
    }

    private static async Task<string> ShowAsync(ParquetFile file, ParquetColumn column)
    {
        var text = new System.Text.StringBuilder();
        foreach (var group in file.RowGroups)
        {
            using var all = await group.ReadColumnAsync(column, cancellationToken: Cancel);
            text.Append(ColumnCase.Show(ColumnCase.RowsOf(all)));
            using var pages = group.ReadPages(column, ColumnForm.Codes);
            while (await pages.MoveNextAsync(Cancel))
                text.Append(pages.EndRow);
        }

        return text.ToString();
    }
}
