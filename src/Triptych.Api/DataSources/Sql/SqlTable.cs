using System.Globalization;

namespace Triptych.Api.DataSources.Sql;

/// <summary>What a column holds, as panels tell columns apart.</summary>
internal enum SqlColumnKind
{
    /// <summary>Unix milliseconds.</summary>
    Time,

    /// <summary>A number.</summary>
    Number,

    /// <summary>Yes or no.</summary>
    Boolean,

    /// <summary>Anything else, as PostgreSQL writes it.</summary>
    Text,
}

/// <summary>A column of an answer; null is a value that is not there.</summary>
/// <param name="Name">Its name, which others may have too.</param>
/// <param name="Kind">What it holds: <see cref="double"/>, <see cref="bool"/> or <see cref="string"/>; times as doubles of Unix milliseconds.</param>
/// <param name="Values">A value for each row.</param>
internal sealed record SqlColumn(string Name, SqlColumnKind Kind, List<object?> Values)
{
    /// <summary>What makes series of one name different; none for a table.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
}

/// <summary>An answer: columns of one length.</summary>
/// <param name="Columns">In the query's order.</param>
/// <param name="IsCut">Whether there were more rows than may be read.</param>
internal sealed record SqlTable(IReadOnlyList<SqlColumn> Columns, bool IsCut)
{
    /// <summary>How many rows there are.</summary>
    public int RowCount => Columns.Count == 0 ? 0 : Columns[0].Values.Count;
}

/// <summary>Reads PostgreSQL's text form of a value, with the session's time zone UTC and ISO dates.</summary>
internal static class SqlText
{
    private static readonly string[] Times =
    [
        "yyyy-MM-dd HH:mm:ss.FFFFFFF", "yyyy-MM-dd HH:mm:ss.FFFFFFFz", "yyyy-MM-dd HH:mm:ss.FFFFFFFzzz", "yyyy-MM-dd",
    ];

    /// <summary>What values of a type are shown as.</summary>
    public static SqlColumnKind KindOf(string typeName)
    {
        var parenthesis = typeName.IndexOf('(', StringComparison.Ordinal);
        return (parenthesis < 0 ? typeName : typeName[..parenthesis].TrimEnd()) switch
        {
            "smallint" or "integer" or "bigint" or "real" or "double precision" or "numeric" or "oid" => SqlColumnKind.Number,
            "boolean" => SqlColumnKind.Boolean,
            "date" or "timestamp without time zone" or "timestamp with time zone" => SqlColumnKind.Time,
            _ when typeName.StartsWith("timestamp", StringComparison.Ordinal) => SqlColumnKind.Time,
            _ => SqlColumnKind.Text,
        };
    }

    /// <summary>The value of a text. A moment that no calendar of ours has (<c>infinity</c>, before Christ) is null.</summary>
    public static object? Read(SqlColumnKind kind, string text) => kind switch
    {
        SqlColumnKind.Number => ReadNumber(text),
        SqlColumnKind.Boolean => text == "t",
        SqlColumnKind.Time => ReadTime(text),
        _ => text,
    };

    private static object? ReadNumber(string text) => text switch
    {
        "Infinity" => double.PositiveInfinity,
        "-Infinity" => double.NegativeInfinity,
        _ => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null,
    };

    private static object? ReadTime(string text) =>
        DateTimeOffset.TryParseExact(text, Times, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            ? (double)(at.UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMillisecond
            : null;
}
