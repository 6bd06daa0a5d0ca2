using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Parquet.Verification;
using Triptych.Storage.Blocks;

namespace Triptych.Testing;

/// <summary>
/// Blocks of each format version that was ever shipped, in tests/golden: NAME.parquet as it was written then, and NAME.txt, all that is in it as
/// text. They are read for ever. A format change adds a pair and keeps the old ones; <c>TRIPTYCH_WRITE_GOLDEN=1</c> writes those that are missing.
/// </summary>
public static class GoldenBlock
{
    /// <summary>Where a golden block lies.</summary>
    public static string PathOf(string name) => Path.Combine(Folder(), name + ".parquet");

    /// <summary>
    /// Fails unless the golden block is whole and says what its text says, and unless a block written now from the same data is equal in
    /// format: schema, metadata, sections, row groups, pages, encodings and codecs, bounds, values. Its bytes may differ, for the same zstd
    /// level gives other bytes from one version of the library to the next. With <paramref name="isStillWritten"/> false only the former: what is
    /// written now has a golden block of its own.
    /// </summary>
    public static async Task CheckAsync(string name, string freshlyWritten, CancellationToken cancellationToken, bool isStillWritten = true)
    {
        var golden = PathOf(name);
        var text = Path.ChangeExtension(golden, ".txt");
        if (!File.Exists(golden) && Environment.GetEnvironmentVariable("TRIPTYCH_WRITE_GOLDEN") == "1")
        {
            File.Copy(freshlyWritten, golden);
            await File.WriteAllTextAsync(text, await DescribeAsync(golden, cancellationToken), cancellationToken);
        }

        using (var input = new FileInput(golden))
        {
            var verifier = new ParquetVerifier(input);
            await verifier.VerifyAsync(BlockFormat.OrderOf, cancellationToken);
            if (verifier.Problems.Count > 0 || verifier.PagesVerified == 0)
                throw new InvalidDataException($"{golden} is damaged: {string.Join("; ", verifier.Problems)}");
        }

        var expected = await File.ReadAllTextAsync(text, cancellationToken);
        RequireEqual(await DescribeAsync(golden, cancellationToken), expected, $"{golden} is read otherwise than its text says");
        if (!isStillWritten) return;
        RequireEqual(
            await DescribeAsync(freshlyWritten, cancellationToken), expected, "a block written now has another format: give it a version and a golden block of its own");
    }

    /// <summary>All that a file holds but for the places and sizes of what is compressed.</summary>
    public static async Task<string> DescribeAsync(string path, CancellationToken cancellationToken)
    {
        using var input = new FileInput(path);
        var file = await ParquetFile.OpenAsync(input, cancellationToken: cancellationToken);
        var text = new StringBuilder();
        foreach (var (key, value) in file.Footer.Metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            text.Append(CultureInfo.InvariantCulture, $"metadata {key} = {value}\n");
        foreach (var name in file.Footer.Sections.Keys.Order(StringComparer.Ordinal))
        {
            using var section = await file.ReadSectionAsync(name, cancellationToken);
            text.Append(CultureInfo.InvariantCulture, $"section {name} = {Convert.ToHexStringLower(section.Span)}\n");
        }

        foreach (var group in file.RowGroups)
        {
            text.Append(CultureInfo.InvariantCulture, $"row group of {group.RowCount}\n");
            foreach (var column in file.Schema.Columns)
                await DescribeAsync(group, column, text, cancellationToken);
        }

        return text.ToString();
    }

    private static void RequireEqual(string actual, string expected, string message)
    {
        if (actual == expected)
            return;
        var (now, then) = (actual.Split('\n'), expected.Split('\n'));
        var line = Enumerable.Range(0, Math.Min(now.Length, then.Length)).FirstOrDefault(i => now[i] != then[i], Math.Min(now.Length, then.Length) - 1);
        throw new InvalidDataException($"{message}. Line {line + 1} is\n{now[line]}\nand should be\n{then[line]}");
    }

    private static async Task DescribeAsync(RowGroupReader group, ParquetColumn column, StringBuilder text, CancellationToken cancellationToken)
    {
        var chunk = group.Info.Columns[column.Index];
        text.Append(
            CultureInfo.InvariantCulture,
            $"column {column.Name} {column.Type} {column.TypeLength} {column.LogicalType} levels {column.MaxDefinitionLevel} {column.MaxRepetitionLevel}");
        text.Append(
            CultureInfo.InvariantCulture,
            $" {chunk.Codec} [{string.Join(' ', chunk.Encodings)}] values {chunk.ValueCount} plain {chunk.UncompressedBytes} {Show(chunk.Statistics)} bloom {chunk.HasBloomFilter}\n");
        var index = await group.ReadPageIndexAsync(column, cancellationToken);
        foreach (var page in index?.Pages ?? [])
            text.Append(CultureInfo.InvariantCulture, $"  page {page.FirstRow} {page.RowCount} {page.IsAllNull} {Show(page.Statistics)}\n");
        using var values = await group.ReadColumnAsync(column, cancellationToken: cancellationToken);
        for (var row = 0; row < values.RowCount; row++)
            text.Append("  ").Append(Show(values, row)).Append('\n');
    }

    private static string Show(ColumnStatistics statistics) => string.Create(
        CultureInfo.InvariantCulture, $"min {Hex(statistics.Min)} max {Hex(statistics.Max)} nulls {statistics.NullCount}");

    private static string Show(DecodedColumn values, int row)
    {
        if (!values.ListValidity.IsEmpty && !values.ListValidity[row])
            return "null";
        if (!values.Column.IsRepeated)
            return Slot(values, row);
        var from = row == 0 ? 0 : values.ListEnds[row - 1];
        return "[" + string.Join(' ', Enumerable.Range(from, values.ListEnds[row] - from).Select(slot => Slot(values, slot))) + "]";
    }

    private static string Slot(DecodedColumn values, int slot) => values.IsNull(slot) ? "null" : "x" + Convert.ToHexStringLower(values.Bytes(slot));

    private static string Hex(byte[]? bytes) => bytes is null ? "-" : "x" + Convert.ToHexStringLower(bytes);

    private static string Folder([CallerFilePath] string thisFile = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "golden"));
}
