using System.Globalization;
using System.Text.RegularExpressions;
using Triptych.Model.Metrics;
using Triptych.PromQL.Syntax;
using Triptych.Query.Histograms;

namespace Triptych.PromQL.Tests.Conformance;

/// <summary>One value of a script: a number, a gap, a stale marker, or a histogram.</summary>
/// <param name="TellsHint">Whether the histogram says something about its counter.</param>
/// <param name="Told">A histogram as an answer in JSON tells it.</param>
internal readonly record struct ScriptValue(
    double Number, bool IsGap, FloatHistogram? Histogram = null, bool TellsHint = false, ToldHistogram? Told = null)
{
    public static ScriptValue Gap { get; } = new(0, true);

    public string Describe() => Told is not null ? Told.ToString() : Histogram is null
        ? Number.ToString(CultureInfo.InvariantCulture)
        : $"schema {Histogram.Schema} {HistogramText.Of(Histogram)} zero {Histogram.ZeroThreshold} bounds [{string.Join(' ', Histogram.CustomBounds)}] {Histogram.ResetHint}";
}

/// <summary>Series and value sequences as the scripts write them: <c>x{a="b"} 1+2x3 _ stale {{count:1}}x2</c>.</summary>
internal static partial class ScriptValues
{
    [GeneratedRegex(@"^(?<start>[+-]?(inf|nan|[\d.]+(e[+-]?\d+)?))(?<step>[+-](inf|nan|[\d.]+(e[+-]?\d+)?))?(x(?<times>\d+))?$",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Sequence();

    [GeneratedRegex(@"(?<start>\{\{.*?\}\})((?<sign>[+-])(?<step>\{\{.*?\}\}))?(x(?<times>\d+))?|\S+", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Items();

    [GeneratedRegex(@"^(nan|inf)([x+-]|\s|$)", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex BareNumber();

    /// <summary>Cuts a line into its series and its values; labels are null where the line is only a number.</summary>
    public static (Dictionary<string, string>? Labels, List<ScriptValue> Values) ParseLine(string line)
    {
        var end = EndOfSeries(line);
        var labels = end == 0 ? null : ParseSeries(line[..end]);
        return (labels, ParseValues(line[end..]));
    }

    public static List<ScriptValue> ParseValues(string text)
    {
        var values = new List<ScriptValue>();
        foreach (Match item in Items().Matches(text))
        {
            if (item.Value.StartsWith("{{", StringComparison.Ordinal))
            {
                var times = item.Groups["times"].Success ? int.Parse(item.Groups["times"].Value, CultureInfo.InvariantCulture) : 0;
                if (!HistogramLiteral.TryParse(item.Groups["start"].Value, out var start, out var tellsHint))
                    throw new FormatException($"not a histogram: {item.Value}");
                FloatHistogram? step = null;
                if (item.Groups["step"].Success && !HistogramLiteral.TryParse(item.Groups["step"].Value, out step, out _))
                    throw new FormatException($"not a histogram: {item.Value}");
                var sequence = HistogramLiteral.Sequence(start, step, item.Groups["sign"].Value == "+", times);
                values.AddRange(sequence.Select(histogram => new ScriptValue(double.NaN, false, histogram, tellsHint)));
            }
            else
            {
                AddItem(values, item.Value);
            }
        }
        return values;
    }

    private static void AddItem(List<ScriptValue> values, string item)
    {
        if (item == "stale")
        {
            values.Add(new ScriptValue(SpecialValues.StaleMarker, false));
            return;
        }
        if (item == "_" || item.StartsWith("_x", StringComparison.Ordinal))
        {
            values.AddRange(Enumerable.Repeat(ScriptValue.Gap, item == "_" ? 1 : int.Parse(item[2..], CultureInfo.InvariantCulture)));
            return;
        }
        var match = Sequence().Match(item);
        if (!match.Success)
            throw new FormatException($"not a value: {item}");
        var start = Number(match.Groups["start"].Value);
        var step = match.Groups["step"].Success ? Number(match.Groups["step"].Value) : 0;
        var times = match.Groups["times"].Success ? int.Parse(match.Groups["times"].Value, CultureInfo.InvariantCulture) : 0;
        for (var i = 0; i <= times; i++)
        {
            values.Add(new ScriptValue(start, false));
            start += step;
        }
    }

    private static double Number(string text)
    {
        var sign = text[0] == '-' ? -1 : 1;
        var digits = text.TrimStart('+', '-');
        return digits.ToUpperInvariant() switch
        {
            "INF" => sign * double.PositiveInfinity,
            "NAN" => double.NaN,
            _ => sign * double.Parse(digits, NumberStyles.Float, CultureInfo.InvariantCulture),
        };
    }

    // 0 where the line starts with a number.
    private static int EndOfSeries(string line)
    {
        if (!char.IsAsciiLetter(line[0]) && line[0] is not ('_' or ':' or '{'))
            return 0;
        if (line.StartsWith("{{", StringComparison.Ordinal) || BareNumber().IsMatch(line))
            return 0;
        var quote = '\0';
        var depth = 0;
        for (var i = 0; i < line.Length; i++)
        {
            var c = line[i];
            if (quote != '\0')
            {
                if (c == '\\' && quote != '`')
                    i++;
                else if (c == quote)
                    quote = '\0';
            }
            else if (c is '"' or '\'' or '`')
            {
                quote = c;
            }
            else if (c == '{')
            {
                depth++;
            }
            else if (c == '}' && --depth == 0)
            {
                return i + 1;
            }
            else if (depth == 0 && char.IsWhiteSpace(c) && line[i..].TrimStart() is not ['{', not '{', ..])
            {
                return i;
            }
        }
        return line.Length;
    }

    private static Dictionary<string, string> ParseSeries(string text)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        if (text.Replace(" ", "", StringComparison.Ordinal) == "{}")
            return labels;

        // A selector that matches something is asked for by the type check; one matcher more keeps it quiet.
        var selector = text.Contains('{', StringComparison.Ordinal)
            ? text[..text.LastIndexOf('}')].TrimEnd().TrimEnd(',') + (text.TrimEnd().EndsWith("{}", StringComparison.Ordinal) ? "" : ",") + "__added__=\"x\"}"
            : text;
        var parsed = PromQLParser.Parse(selector);
        if (parsed.Expression is not VectorSelector vector)
            throw new FormatException($"not a series: {text}: {parsed.Error}");
        foreach (var matcher in vector.Matchers)
        {
            if (matcher.Name != "__added__" && matcher.Value.Length > 0)
                labels[matcher.Name] = matcher.Value;
        }
        return labels;
    }
}
