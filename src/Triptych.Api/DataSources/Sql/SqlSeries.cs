namespace Triptych.Api.DataSources.Sql;

/// <summary>
/// Rows as series over time, as Grafana's format <c>time_series</c> has them: one column of times, a column of numbers for each series. Columns of text
/// tell series apart; where one of them is called <c>metric</c> and there is one column of numbers, it is the series' name.
/// </summary>
internal static class SqlSeries
{
    // What a chart can hold of points in all, and in one series that is filled.
    private const int MaxPoints = 5_000_000;
    private const int MaxFilledSteps = 11_000;

    // A value of a series, in its list.
    private const long BytesPerPoint = 32;

    /// <summary>Makes a column of text or numbers that is called <c>time</c> one of times.</summary>
    public static SqlTable WithTimes(SqlTable table) => table with
    {
        Columns = [.. table.Columns.Select(static column => column is { Name: "time", Kind: SqlColumnKind.Number } ? TimesOf(column) : column)],
    };

    /// <summary>Makes the series.</summary>
    /// <returns>One table with a column for each series, times ascending, or why it cannot be.</returns>
    /// <exception cref="SqlAnswerTooLargeException">The series take more memory than there is for them.</exception>
    public static (SqlTable? Series, string? Problem) Of(SqlTable table, SqlFill? fill, SqlRange range, SqlAnswerRoom room)
    {
        var time = table.Columns.FirstOrDefault(static column => column is { Kind: SqlColumnKind.Time, Name: "time" })
            ?? table.Columns.FirstOrDefault(static column => column.Kind == SqlColumnKind.Time);
        if (time is null) return (null, "no column has times, which series need: call one \"time\", or choose the format table");
        var numbers = table.Columns.Where(static column => column.Kind == SqlColumnKind.Number).ToList();
        if (numbers.Count == 0) return (null, "no column has numbers, which series need: choose the format table");
        var texts = table.Columns.Where(static column => column.Kind == SqlColumnKind.Text).ToList();
        var times = time.Values.OfType<double>().Distinct().Order().ToList();
        var places = times.Index().ToDictionary(static one => one.Item, static one => one.Index);
        var series = new Dictionary<string, SqlColumn>(StringComparer.Ordinal);
        for (var row = 0; row < table.RowCount; row++)
        {
            if (time.Values[row] is not double at) continue;
            foreach (var number in numbers)
            {
                var key = string.Join('\u0001', texts.Select(text => text.Values[row] as string ?? "").Append(number.Name));
                if (!series.TryGetValue(key, out var column))
                {
                    if ((series.Count + 1L) * times.Count > MaxPoints) return (null, $"there are more than {MaxPoints} points in all series together");
                    room.Take(times.Count * BytesPerPoint);
                    column = NewSeries(number, numbers.Count, texts, row, times.Count);
                    series.Add(key, column);
                }

                column.Values[places[at]] = number.Values[row];
            }
        }

        var made = new SqlTable([new SqlColumn(time.Name, SqlColumnKind.Time, [.. times.Cast<object?>()]), .. series.Values], table.IsCut);
        return fill is null ? (made, null) : Filled(made, fill, range);
    }

    private static SqlColumn NewSeries(SqlColumn number, int numbers, List<SqlColumn> texts, int row, int length)
    {
        var values = new List<object?>(new object?[length]);
        var name = numbers == 1 ? texts.Find(static text => text.Name == "metric") : null;
        var labels = texts.Where(text => text != name).DistinctBy(static text => text.Name)
            .ToDictionary(static text => text.Name, text => text.Values[row] as string ?? "", StringComparer.Ordinal);
        return new SqlColumn(name?.Values[row] as string ?? number.Name, SqlColumnKind.Number, values) { Labels = labels };
    }

    private static (SqlTable? Series, string? Problem) Filled(SqlTable table, SqlFill fill, SqlRange range)
    {
        var first = range.FromUnixMs / fill.StepMs;
        var steps = (range.ToUnixMs / fill.StepMs) - first + 1;
        if (steps > MaxFilledSteps) return (null, $"the range has {steps} steps of the interval, more than {MaxFilledSteps} that are filled");
        if (steps * (table.Columns.Count - 1L) > MaxPoints) return (null, $"there are more than {MaxPoints} points in all series together");
        var rows = new int?[steps];
        for (var row = 0; row < table.RowCount; row++)
        {
            var step = (long)Math.Floor((double)table.Columns[0].Values[row]! / fill.StepMs) - first;
            if (step >= 0 && step < steps) rows[step] = row;
        }

        var times = Enumerable.Range(0, (int)steps).Select(step => (object?)(double)((first + step) * fill.StepMs)).ToList();
        var columns = table.Columns.Skip(1).Select(column =>
        {
            var values = new List<object?>((int)steps);
            foreach (var row in rows)
            {
                var value = row is { } found ? column.Values[found] : null;
                values.Add(value ?? fill.Mode switch
                {
                    SqlFillMode.Value => fill.Value,
                    SqlFillMode.Previous => values.Count > 0 ? values[^1] : null,
                    _ => null,
                });
            }

            return column with { Values = values };
        });
        return (new SqlTable([new SqlColumn(table.Columns[0].Name, SqlColumnKind.Time, times), .. columns], table.IsCut), null);
    }

    // Seconds, milliseconds, microseconds or nanoseconds: their sizes tell them apart for any time of this and the next centuries.
    private static SqlColumn TimesOf(SqlColumn column) => new(column.Name, SqlColumnKind.Time, [.. column.Values.Select(TimeOf)]);

    private static object? TimeOf(object? value) => value is double number && double.IsFinite(number) ? MsOf(number) : null;

    private static double MsOf(double number) => Math.Abs(number) switch
    {
        < 1e11 => number * 1000,
        < 1e14 => number,
        < 1e17 => Math.Floor(number / 1000),
        _ => Math.Floor(number / 1_000_000),
    };
}
