using System.Globalization;
using System.Text;
using Triptych.Columnar.Parquet;
using Triptych.Model;
using Triptych.Storage.Blocks;
using Triptych.Storage.Catalog;

namespace Triptych.Server.Commands;

/// <summary>Blocks as text for people.</summary>
internal static class BlockTable
{
    public static string List(IReadOnlyList<BlockMeta> blocks)
    {
        var rows = new List<string[]> { new[] { "ID", "SIGNAL", "TENANT", "LEVEL", "FROM", "TO", "ROWS", "SIZE" } };
        rows.AddRange(blocks.Select(block => new[]
        {
            block.Id.ToString("D"), BlockJson.NameOf(block.Signal), block.Tenant.Name, Number(block.Level),
            Time(block.Signal, block.MinTime), Time(block.Signal, block.MaxTime), Number(block.Rows), Size(block.SizeBytes),
        }));
        return Align(rows) + $"{blocks.Count} blocks, {Number(blocks.Sum(block => block.Rows))} rows, {Size(blocks.Sum(block => block.SizeBytes))}\n";
    }

    public static string Inspect(string path, ParquetFooter footer)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{path}\n");
        text.Append(CultureInfo.InvariantCulture, $"{Number(footer.RowCount)} rows in {footer.RowGroups.Length} row groups, {Size(footer.FileLength)}, by {footer.CreatedBy}\n");
        foreach (var (key, value) in footer.Metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            text.Append(CultureInfo.InvariantCulture, $"{key} = {value}\n");
        var columns = new List<string[]> { new[] { "COLUMN", "TYPE", "CODEC", "ENCODINGS", "VALUES", "STORED", "PLAIN", "INDEX" } };
        foreach (var column in footer.Schema.Columns)
        {
            var chunks = footer.RowGroups.Select(group => group.Columns[column.Index]).ToArray();
            columns.Add(
            [
                column.Name, BlockJson.TypeOf(column), string.Join(' ', chunks.Select(chunk => chunk.Codec).Distinct()),
                string.Join(' ', chunks.SelectMany(chunk => chunk.Encodings).Distinct().Order()), Number(chunks.Sum(chunk => chunk.ValueCount)),
                Size(chunks.Sum(chunk => chunk.CompressedBytes)), Size(chunks.Sum(chunk => chunk.UncompressedBytes)),
                (chunks.Any(chunk => chunk.HasPageIndex) ? "pages" : "") + (chunks.Any(chunk => chunk.HasBloomFilter) ? " bloom" : ""),
            ]);
        }

        text.Append('\n').Append(Align(columns));
        if (footer.Sections.Count > 0)
        {
            var sections = new List<string[]> { new[] { "SECTION", "OFFSET", "SIZE", "CRC32" } };
            sections.AddRange(footer.Sections.OrderBy(section => section.Value.Offset).Select(section => new[]
            {
                section.Key, Number(section.Value.Offset), Size(section.Value.Length), section.Value.Crc32.ToString("x8", CultureInfo.InvariantCulture),
            }));
            text.Append('\n').Append(Align(sections));
        }

        var groups = new List<string[]> { new[] { "ROW GROUP", "FIRST ROW", "ROWS", "OFFSET", "STORED", "PLAIN" } };
        groups.AddRange(footer.RowGroups.Select(group => new[]
        {
            Number(group.Index), Number(group.FirstRow), Number(group.RowCount), Number(group.Columns[0].StartOffset),
            Size(group.Columns.Sum(chunk => chunk.CompressedBytes)), Size(group.TotalBytes),
        }));
        return text.Append('\n').Append(Align(groups)).ToString();
    }

    /// <summary>A line for a block that is right, a line for each problem of one that is not.</summary>
    public static string Verified(BlockReport report) => Problems(report) + (report.SetAside is not { } aside
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $"SET ASIDE {report.Path}: queries leave it out, by byte {aside.Offset}: {aside.Reason}\n")
            + (report.Problems.Count == 0 ? "          nothing is wrong with it now: the server takes it back after its next start\n" : ""));

    private static string Problems(BlockReport report) => report.Problems.Count == 0
        ? $"ok       {report.Path}: {Number(report.Rows)} rows, {Number(report.Pages)} pages, {Size(report.SizeBytes)}\n"
        : string.Concat(report.Problems.Select(problem => $"DAMAGED  {problem.Message}\n"));

    public static string Summary(IReadOnlyList<BlockReport> reports) =>
        $"{reports.Count} blocks verified, {reports.Count(report => report.Problems.Count > 0)} of them damaged\n";

    private static string Time(Signal signal, long time)
    {
        var ticks = signal == Signal.Metrics ? (Int128)time * TimeSpan.TicksPerMillisecond : time / TimeSpan.NanosecondsPerTick;
        ticks += DateTime.UnixEpoch.Ticks;
        return ticks >= 0 && ticks <= DateTime.MaxValue.Ticks
            ? new DateTime((long)ticks, DateTimeKind.Utc).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture)
            : time.ToString(CultureInfo.InvariantCulture);
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Size(long bytes) => bytes switch
    {
        < 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
        < 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.0} KiB"),
        < 1024L * 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0 / 1024:0.0} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0 / 1024 / 1024:0.00} GiB"),
    };

    private static string Align(List<string[]> rows)
    {
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var row in rows)
            text.Append(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd()).Append('\n');
        return text.ToString();
    }
}
