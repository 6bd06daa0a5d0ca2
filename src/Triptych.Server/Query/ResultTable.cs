using System.Text;

namespace Triptych.Server.Query;

/// <summary>Rows as aligned columns or as CSV (RFC 4180).</summary>
internal static class ResultTable
{
    /// <summary>
    /// Columns as wide as their widest cell, two spaces between; control characters are shown as dots, so that no cell can steer the terminal.
    /// </summary>
    public static void WriteAligned(TextWriter output, IReadOnlyList<string[]> rows)
    {
        if (rows.Count == 0) return;
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows) output.WriteLine(string.Join("  ", row.Select((cell, column) => Printable(cell).PadRight(widths[column]))).TrimEnd());
    }

    /// <summary>One line of CSV.</summary>
    public static void WriteCsv(TextWriter output, params ReadOnlySpan<string> cells)
    {
        for (var i = 0; i < cells.Length; i++)
        {
            if (i > 0) output.Write(',');
            var isPlain = !cells[i].AsSpan().ContainsAny("\",\r\n");
            output.Write(isPlain ? cells[i] : $"\"{cells[i].Replace("\"", "\"\"", StringComparison.Ordinal)}\"");
        }

        output.WriteLine();
    }

    /// <summary>A text without control characters but tabs.</summary>
    public static string Printable(string text)
    {
        if (!text.Any(static c => char.IsControl(c) && c != '\t')) return text;
        var safe = new StringBuilder(text.Length);
        foreach (var c in text) safe.Append(char.IsControl(c) && c != '\t' ? '·' : c);
        return safe.ToString();
    }
}
