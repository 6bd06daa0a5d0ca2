using System.Globalization;
using System.Text;
using Triptych.Primitives.Text;

namespace Triptych.Api.DataSources.Sql;

/// <summary>What stands for time in a query.</summary>
/// <param name="FromUnixMs">The range's start, Unix milliseconds.</param>
/// <param name="ToUnixMs">Its end.</param>
/// <param name="IntervalMs">The step that a panel can show, in milliseconds.</param>
internal sealed record SqlRange(long FromUnixMs, long ToUnixMs, long IntervalMs);

/// <summary>What stands where a step of <c>$__timeGroup</c> has no row.</summary>
internal enum SqlFillMode
{
    /// <summary>No value.</summary>
    Null,

    /// <summary>A number.</summary>
    Value,

    /// <summary>The value before.</summary>
    Previous,
}

/// <summary>The steps to fill, as the third argument of <c>$__timeGroup</c> asks for.</summary>
internal sealed record SqlFill(long StepMs, SqlFillMode Mode, double Value);

/// <summary>
/// Grafana's macros of PostgreSQL: <c>$__timeFilter(column)</c>, <c>$__timeGroup(column, interval, fill)</c> and the like. Arguments may hold macros. What is
/// called like a macro and is none is refused; a name without parentheses that is none stays.
/// </summary>
internal sealed class SqlMacros(SqlRange range)
{
    private const string Start = "$__";
    private const int MaxDepth = 8;

    private SqlFill? _fill;

    /// <summary>Puts SQL in the place of all macros.</summary>
    /// <returns>The SQL and the steps to fill; or why it cannot be done.</returns>
    public static (string? Sql, SqlFill? Fill, string? Problem) Expand(string sql, SqlRange range)
    {
        var macros = new SqlMacros(range);
        try
        {
            return (macros.Expand(sql, depth: 0), macros._fill, null);
        }
        catch (FormatException e)
        {
            return (null, null, e.Message);
        }
    }

    private string Expand(string sql, int depth)
    {
        if (depth > MaxDepth) throw new FormatException($"macros stand in one another more than {MaxDepth} deep");
        var made = new StringBuilder(sql.Length + 64);
        var at = 0;
        while (sql.IndexOf(Start, at, StringComparison.Ordinal) is var found and >= 0)
        {
            made.Append(sql, at, found - at);
            var end = found + Start.Length;
            while (end < sql.Length && (char.IsAsciiLetterOrDigit(sql[end]) || sql[end] == '_')) end++;
            var name = sql[(found + Start.Length)..end];
            if (Plain(name) is { } plain)
            {
                made.Append(plain);
                at = end;
                continue;
            }

            if (end >= sql.Length || sql[end] != '(')
            {
                made.Append(sql, found, end - found);
                at = end;
                continue;
            }

            var (arguments, after) = ReadArguments(sql, end, name);
            made.Append(Call(name, [.. arguments.Select(one => Expand(one, depth + 1).Trim())]));
            at = after;
        }

        return made.Append(sql, at, sql.Length - at).ToString();
    }

    private string? Plain(string name) => name switch
    {
        "interval" => Durations.FormatPrometheus(range.IntervalMs * 1_000_000),
        "interval_ms" => range.IntervalMs.ToString(CultureInfo.InvariantCulture),
        _ => null,
    };

    private string Call(string name, string[] arguments) => name switch
    {
        "time" => $"{One(name, arguments)} AS \"time\"",
        "timeEpoch" => $"extract(epoch from {One(name, arguments)}) AS \"time\"",
        "timeFilter" => $"{One(name, arguments)} BETWEEN {Moment(range.FromUnixMs)} AND {Moment(range.ToUnixMs)}",
        "timeFrom" => Moment(range.FromUnixMs),
        "timeTo" => Moment(range.ToUnixMs),
        "timeGroup" => Group(name, arguments, "extract(epoch from {0})"),
        "timeGroupAlias" => Group(name, arguments, "extract(epoch from {0})") + " AS \"time\"",
        "unixEpochFilter" => $"{One(name, arguments)} >= {Seconds(range.FromUnixMs)} AND {One(name, arguments)} <= {Seconds(range.ToUnixMs)}",
        "unixEpochFrom" => Seconds(range.FromUnixMs),
        "unixEpochTo" => Seconds(range.ToUnixMs),
        "unixEpochNanoFilter" => $"{One(name, arguments)} >= {Nanos(range.FromUnixMs)} AND {One(name, arguments)} <= {Nanos(range.ToUnixMs)}",
        "unixEpochNanoFrom" => Nanos(range.FromUnixMs),
        "unixEpochNanoTo" => Nanos(range.ToUnixMs),
        "unixEpochGroup" => Group(name, arguments, "({0})"),
        "unixEpochGroupAlias" => Group(name, arguments, "({0})") + " AS \"time\"",
        _ => throw new FormatException($"unknown macro {Start}{name}"),
    };

    private static string One(string name, string[] arguments) => arguments is [{ Length: > 0 } one]
        ? one
        : throw new FormatException($"macro {Start}{name} needs one argument, a column");

    private string Group(string name, string[] arguments, string epoch)
    {
        if (arguments.Length is < 2 or > 3 || arguments[0].Length == 0)
            throw new FormatException($"macro {Start}{name} needs a column, an interval and, if steps are to be filled, with what");
        var text = arguments[1].Trim('\'', '"', ' ');
        if (Durations.ParsePrometheus(text, out var nanos) != DurationError.None || nanos < 1_000_000)
            throw new FormatException($"macro {Start}{name}: \"{text}\" is no interval such as 5m or 1h");
        var stepMs = nanos / 1_000_000;
        if (arguments.Length == 3) _fill = FillOf(name, arguments[2], stepMs);
        var step = (stepMs / 1000m).ToString("0.###", CultureInfo.InvariantCulture);
        return $"floor({string.Format(CultureInfo.InvariantCulture, epoch, arguments[0])}/{step})*{step}";
    }

    private static SqlFill FillOf(string name, string text, long stepMs)
    {
        if (text.Equals("NULL", StringComparison.OrdinalIgnoreCase)) return new SqlFill(stepMs, SqlFillMode.Null, 0);
        if (text.Equals("previous", StringComparison.OrdinalIgnoreCase)) return new SqlFill(stepMs, SqlFillMode.Previous, 0);
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            ? new SqlFill(stepMs, SqlFillMode.Value, value)
            : throw new FormatException($"macro {Start}{name}: \"{text}\" is nothing to fill steps with (NULL, previous or a number)");
    }

    private static string Moment(long unixMs) =>
        DateTimeOffset.FromUnixTimeMilliseconds(unixMs).ToString("\\'yyyy-MM-ddTHH:mm:ss.FFF'Z'\\'", CultureInfo.InvariantCulture);

    private static string Seconds(long unixMs) => (unixMs / 1000).ToString(CultureInfo.InvariantCulture);

    private static string Nanos(long unixMs) => ((Int128)unixMs * 1_000_000).ToString(CultureInfo.InvariantCulture);

    // From the opening parenthesis: the texts between commas that stand in no parenthesis or quotes of their own, and where the call ends.
    private static (List<string> Arguments, int After) ReadArguments(string sql, int open, string name)
    {
        var arguments = new List<string>();
        var depth = 0;
        var begin = open + 1;
        var quote = '\0';
        for (var i = open; i < sql.Length; i++)
        {
            var c = sql[i];
            if (quote != '\0')
            {
                if (c == quote) quote = '\0';
            }
            else if (c is '\'' or '"')
            {
                quote = c;
            }
            else if (c is '(' or '[')
            {
                depth++;
            }
            else if (c is ')' or ']')
            {
                if (--depth > 0) continue;
                arguments.Add(sql[begin..i]);
                return (arguments, i + 1);
            }
            else if (c == ',' && depth == 1)
            {
                arguments.Add(sql[begin..i]);
                begin = i + 1;
            }
        }

        throw new FormatException($"macro {Start}{name} has no closing parenthesis");
    }
}
