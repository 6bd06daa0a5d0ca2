using System.Globalization;
using Triptych.Model.Metrics;
using Triptych.Query.Histograms;

namespace Triptych.PromQL.Tests.Conformance;

/// <summary>Histograms as the scripts write them: <c>{{schema:0 sum:5 count:4 buckets:[1 2 1] offset:-1}}</c>.</summary>
internal static class HistogramLiteral
{
    /// <summary>Reads a histogram, with or without its braces; false where the text is none.</summary>
    /// <param name="tellsHint">Whether the text says something about the counter.</param>
    public static bool TryParse(string text, out FloatHistogram histogram, out bool tellsHint)
    {
        histogram = new FloatHistogram { Schema = 0 };
        tellsHint = false;
        if (!text.StartsWith("{{", StringComparison.Ordinal) || !text.EndsWith("}}", StringComparison.Ordinal) || text.Length < 4)
            return false;
        int offset = 0, negativeOffset = 0;
        double[] buckets = [], negativeBuckets = [];
        for (var rest = text[2..^2].Trim(); rest.Length > 0; rest = rest.TrimStart())
        {
            if (!TryTakeField(ref rest, out var name, out var numbers, out var word))
                return false;
            var number = numbers.Length == 1 ? numbers[0] : 0;
            switch (name)
            {
                case "schema": histogram = histogram with { Schema = (int)number }; break;
                case "sum": histogram = histogram with { Sum = number }; break;
                case "count": histogram = histogram with { Count = number }; break;
                case "z_bucket": histogram = histogram with { ZeroCount = number }; break;
                case "z_bucket_w": histogram = histogram with { ZeroThreshold = number }; break;
                case "offset": offset = (int)number; break;
                case "n_offset": negativeOffset = (int)number; break;
                case "buckets": buckets = numbers; break;
                case "n_buckets": negativeBuckets = numbers; break;
                case "custom_values": histogram = histogram with { CustomBounds = numbers }; break;
                case "counter_reset_hint" when TryParseHint(word, out var hint):
                    histogram = histogram with { ResetHint = hint };
                    tellsHint = true;
                    break;
                default: return false;
            }
        }

        histogram = histogram with
        {
            PositiveSpans = buckets.Length == 0 ? [] : [new BucketSpan(offset, (uint)buckets.Length)],
            PositiveBuckets = buckets,
            NegativeSpans = negativeBuckets.Length == 0 ? [] : [new BucketSpan(negativeOffset, (uint)negativeBuckets.Length)],
            NegativeBuckets = negativeBuckets,
        };
        return true;
    }

    /// <summary>A histogram, and each that follows it when <paramref name="increment"/> is added or taken away time after time.</summary>
    public static IEnumerable<FloatHistogram> Sequence(FloatHistogram first, FloatHistogram? increment, bool adds, int times)
    {
        var current = first;
        yield return current;
        for (var i = 0; i < times; i++)
        {
            if (increment is not null)
            {
                current = (adds
                    ? HistogramArithmetic.Add(current, increment, out _)
                    : HistogramArithmetic.Subtract(current, increment, out _))
                    ?? throw new FormatException("exponential and custom buckets in one sequence");
            }

            yield return current;
        }
    }

    private static bool TryTakeField(ref string rest, out string name, out double[] numbers, out string word)
    {
        (name, word, numbers) = ("", "", []);
        var colon = rest.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
            return false;
        name = rest[..colon].Trim();
        rest = rest[(colon + 1)..].TrimStart();
        if (rest.StartsWith('['))
        {
            var end = rest.IndexOf(']', StringComparison.Ordinal);
            if (end < 0)
                return false;
            var items = rest[1..end].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            rest = rest[(end + 1)..];
            return TryParseAll(items, out numbers);
        }

        var space = rest.IndexOf(' ', StringComparison.Ordinal);
        word = space < 0 ? rest : rest[..space];
        rest = space < 0 ? "" : rest[space..];
        return name == "counter_reset_hint" || TryParseAll([word], out numbers);
    }

    private static bool TryParseAll(string[] items, out double[] numbers)
    {
        numbers = new double[items.Length];
        for (var i = 0; i < items.Length; i++)
        {
            if (!TryParseNumber(items[i], out numbers[i]))
                return false;
        }

        return true;
    }

    private static bool TryParseNumber(string text, out double number)
    {
        number = text.TrimStart('+', '-').ToUpperInvariant() switch
        {
            "INF" => text[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity,
            _ => double.NaN,
        };
        return double.IsInfinity(number) || text.Equals("nan", StringComparison.OrdinalIgnoreCase)
            || double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number);
    }

    private static bool TryParseHint(string text, out CounterResetHint hint)
    {
        (hint, var known) = text switch
        {
            "unknown" => (CounterResetHint.Unknown, true),
            "reset" => (CounterResetHint.Reset, true),
            "not_reset" => (CounterResetHint.NotReset, true),
            "gauge" => (CounterResetHint.Gauge, true),
            _ => (CounterResetHint.Unknown, false),
        };
        return known;
    }
}
