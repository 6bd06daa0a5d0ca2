using System.Globalization;
using System.Text;
using Triptych.Columnar.Symbols;
using Triptych.LogQL.Planning;
using Triptych.Model;
using Triptych.Query;
using Triptych.Query.Budgets;
using Triptych.Query.Steps;

namespace Triptych.LogQL.Tests.Sources;

/// <summary>Asks an engine over a source and writes answers as text that tests compare.</summary>
internal static class Query
{
    public const long Second = 1_000_000_000;

    public static async Task<string> LinesAsync(
        MemoryLogSource source, string query, LogDirection direction = LogDirection.Backward, int limit = 100, bool categorize = false, long interval = 0,
        TimeProvider? clock = null)
    {
        var context = Context();
        var request = new LogQLRequest
        {
            Query = query,
            Grid = StepGrid.Instant(0),
            StartUnixNanos = 0,
            EndUnixNanos = 1000 * Second,
            Direction = direction,
            Limit = limit,
            IntervalNanos = interval,
        };
        var options = new LogQLOptions { Clock = clock ?? TimeProvider.System };
        var result = await new LogQLEngine(source, options).QueryAsync(request, context);
        if (result.Error is { } error) return $"{error.Kind}: {error.Message}";
        var text = new StringBuilder();
        foreach (var stream in result.Value!.GroupLines(categorize))
        {
            text.Append(Labels(context.Symbols, stream.Labels));
            foreach (var line in stream.Lines)
            {
                text.Append(CultureInfo.InvariantCulture, $" {line.TimeUnixNanos / Second}:{Encoding.UTF8.GetString(line.Line.Span)}");
                if (categorize) text.Append(Labels(context.Symbols, line.Metadata)).Append(Labels(context.Symbols, line.Parsed));
            }

            text.Append('\n');
        }

        return text.ToString().TrimEnd();
    }

    /// <summary>Series sorted by their text; steps without a value as <c>_</c>.</summary>
    public static async Task<string> MetricAsync(
        MemoryLogSource source, string query, long start, long end, long step, LogQLOptions? options = null, bool sorted = true)
    {
        var context = Context();
        var grid = step == 0 ? StepGrid.Instant(start * Second) : StepGrid.Range(start * Second, end * Second, step * Second);
        var result = await new LogQLEngine(source, options ?? new LogQLOptions())
            .QueryAsync(new LogQLRequest { Query = query, Grid = grid, IsInstant = step == 0 }, context);
        if (result.Error is { } error) return $"{error.Kind}: {error.Message}";
        if (result.Value!.Scalar is { } scalar) return scalar.ToString(CultureInfo.InvariantCulture);
        var rows = result.Value.Matrix!.Rows.Select(row => Labels(context.Symbols, row.Labels) + " " + string.Join(' ', row.Values.Select(Text)));
        return string.Join('\n', sorted ? rows.Order(StringComparer.Ordinal) : rows);
    }

    public static Task<string> InstantAsync(MemoryLogSource source, string query, long at, bool sorted = true) =>
        MetricAsync(source, query, at, at, 0, sorted: sorted);

    public static QueryContext Context(QueryLimits? limits = null) => new(TenantId.Default, limits ?? new QueryLimits(), CancellationToken.None);

    private static string Text(double value) =>
        StepRow.IsAbsent(value) ? "_" : Math.Round(value, 6).ToString(CultureInfo.InvariantCulture);

    private static string Labels(SymbolTable symbols, ReadOnlySpan<LabelId> labels)
    {
        var texts = new List<string>();
        foreach (var label in labels) texts.Add($"{symbols.GetString(label.Name)}={symbols.GetString(label.Value)}");
        texts.Sort(StringComparer.Ordinal);
        return "{" + string.Join(',', texts) + "}";
    }
}
