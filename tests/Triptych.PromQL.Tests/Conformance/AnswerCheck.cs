using System.Globalization;
using Triptych.PromQL.Planning;
using Triptych.PromQL.Syntax;
using Triptych.Query.Histograms;

namespace Triptych.PromQL.Tests.Conformance;

/// <summary>Compares an answer with the lines of a case. Null is agreement.</summary>
internal sealed class AnswerCheck(EvalCommand command)
{
    private const double Tolerance = 1e-6;

    public static bool Near(double a, double b)
    {
        if (double.IsNaN(a) || double.IsNaN(b))
            return double.IsNaN(a) && double.IsNaN(b);
        return a == b || Math.Abs(a - b) / (Math.Abs(a) + Math.Abs(b)) < Tolerance || Math.Abs(a - b) < 1e-300;
    }

    public string? Check(ScriptAnswer answer)
    {
        if (answer.Kind == AnswerKind.String)
        {
            var wanted = command.Expectations.First(e => e.StartsWith("string ", StringComparison.Ordinal))["string ".Length..].Trim();
            return PromQLParser.Parse(wanted).Expression is StringLiteral literal && literal.Value == answer.Text ? null : $"got {answer.Text}";
        }
        return answer.Kind == AnswerKind.Scalar ? CheckScalar(answer) : CheckSeries(answer);
    }

    private string? CheckScalar(ScriptAnswer answer)
    {
        var value = answer.Series[0].Points.Values.Single().Number;
        var wanted = ScriptValues.ParseLine(command.Results[0]).Values[0];
        return Near(value, wanted.Number) ? null : $"expected {wanted.Number}, got {value}";
    }

    private string? CheckSeries(ScriptAnswer answer)
    {
        var (start, step) = command.StepMs == 0 ? (command.StartMs, 1L) : (command.StartMs, command.StepMs);
        var rangeVector = command.Expectations.FirstOrDefault(e => e.StartsWith("range vector", StringComparison.Ordinal));
        if (rangeVector is not null)
        {
            var words = rangeVector.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            (start, step) = (Script.Milliseconds(words[3]), Script.Milliseconds(words[7]));
        }
        var got = new Dictionary<string, (int Position, Dictionary<long, ScriptValue> Points)>(StringComparer.Ordinal);
        foreach (var series in answer.Series)
        {
            if (!got.TryAdd(series.Labels, (got.Count, series.Points)))
                return $"twice: {series.Labels}";
        }
        return CompareSeries(got, start, step);
    }

    private string? CompareSeries(Dictionary<string, (int Position, Dictionary<long, ScriptValue> Points)> got, long start, long step)
    {
        var position = 0;
        foreach (var line in command.Results)
        {
            var (labels, values) = ScriptValues.ParseLine(line);
            var key = ScriptAnswer.Describe(labels ?? []);
            var wanted = new Dictionary<long, ScriptValue>();
            for (var i = 0; i < values.Count; i++)
            {
                if (!values[i].IsGap)
                    wanted[start + (i * step)] = values[i];
            }
            if (wanted.Count == 0)
                continue;
            if (!got.Remove(key, out var found))
                return $"missing: {key}; got {string.Join(", ", got.Keys)}";
            if ((command.Has("ordered") || command.Form == "_ordered") && found.Position != position)
                return $"{key} stands at {found.Position} instead of {position}";
            position++;
            if (Difference(wanted, found.Points) is { } difference)
                return $"{key}: {difference}";
        }
        return got.Count == 0 ? null : $"unexpected: {string.Join(", ", got.Select(p => p.Key + "=" + p.Value.Points.First().Value.Describe()))}";
    }

    private static string? Difference(Dictionary<long, ScriptValue> wanted, Dictionary<long, ScriptValue> got)
    {
        foreach (var (time, value) in wanted)
        {
            if (!got.TryGetValue(time, out var found))
                return string.Create(CultureInfo.InvariantCulture, $"at {time} expected {value.Describe()}, got nothing");
            if (Difference(value, found) is { } difference)
                return string.Create(CultureInfo.InvariantCulture, $"at {time} {difference}: expected {value.Describe()}, got {found.Describe()}");
        }
        var extra = got.Keys.Except(wanted.Keys).ToList();
        return extra.Count == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"at {extra[0]} unexpected {got[extra[0]].Describe()}");
    }

    /// <summary>What differs between two values; null where nothing does.</summary>
    public static string? Difference(ScriptValue wanted, ScriptValue got)
    {
        if (got.Told is not null)
        {
            var told = wanted.Told ?? (wanted.Histogram is { } histogram ? ToldHistogram.Of(histogram) : null);
            return told is null ? "value" : told.DifferenceTo(got.Told);
        }
        if (wanted.Histogram is null || got.Histogram is null)
            return wanted.Histogram is null && got.Histogram is null && Near(wanted.Number, got.Number) ? null : "value";
        var a = HistogramArithmetic.Compact(wanted.Histogram);
        var b = HistogramArithmetic.Compact(got.Histogram);
        return a.Schema != b.Schema ? "schema"
            : !Near(a.Count, b.Count) ? "count"
            : !Near(a.Sum, b.Sum) ? "sum"
            : a.ZeroThreshold != b.ZeroThreshold || !Near(a.ZeroCount, b.ZeroCount) ? "zero bucket"
            : !a.CustomBounds.SequenceEqual(b.CustomBounds) ? "bounds"
            : !a.PositiveSpans.SequenceEqual(b.PositiveSpans) || !a.NegativeSpans.SequenceEqual(b.NegativeSpans) ? "spans"
            : !AllNear(a.PositiveBuckets, b.PositiveBuckets) || !AllNear(a.NegativeBuckets, b.NegativeBuckets) ? "buckets"
            : wanted.TellsHint && a.ResetHint != b.ResetHint ? "hint" : null;
    }

    public static bool AllNear(IReadOnlyList<double> a, IReadOnlyList<double> b) =>
        a.Count == b.Count && a.Zip(b).All(pair => Near(pair.First, pair.Second));
}
