using Triptych.TraceQL.Planning;
using Triptych.TraceQL.Syntax;

namespace Triptych.TraceQL.Functions;

/// <summary>What one group of spans adds up to, step by step.</summary>
internal abstract class StepAccumulator : ExemplarGroup
{
    /// <summary>About what one more accumulator costs, in bytes.</summary>
    public abstract long SizeBytes { get; }

    /// <summary>Bytes that it has charged to the query since, as it grew.</summary>
    public virtual long GrownBytes => 0;

    /// <summary>Counts a span; the value is nil for functions without an operand.</summary>
    public abstract void Add(int step, FieldValue value);

    /// <summary>Durations are told in seconds; NaN for what is no number.</summary>
    public static double NumberOf(FieldValue value) => value.Kind switch
    {
        ValueKind.Duration => value.Bits / 1e9,
        ValueKind.Integer or ValueKind.Float => value.AsDouble,
        _ => double.NaN,
    };
}

/// <summary><c>rate</c> and <c>count_over_time</c>: 0 where the group has no span in a step.</summary>
internal sealed class CountAccumulator(int steps) : StepAccumulator
{
    private readonly double[] _counts = new double[steps];

    public override long SizeBytes => (steps * 8L) + 64;

    public override void Add(int step, FieldValue value) => _counts[step]++;

    /// <summary>The counts, divided by the seconds of a step for a rate.</summary>
    public double[] Values(double divisor) => [.. _counts.Select(count => count / divisor)];
}

/// <summary>Minimum, maximum, sum or average of the spans that have a number.</summary>
internal sealed class NumberAccumulator : StepAccumulator
{
    private readonly MetricsKind _kind;
    private readonly double[] _values;
    private readonly int[] _counts;

    public NumberAccumulator(MetricsKind kind, int steps)
    {
        _kind = kind;
        _values = new double[steps];
        _counts = new int[steps];
    }

    public override long SizeBytes => (_values.Length * 12L) + 64;

    public override void Add(int step, FieldValue value)
    {
        if (!value.IsNumeric)
        {
            return;
        }

        var number = NumberOf(value);
        var isFirst = _counts[step]++ == 0;
        _values[step] = _kind switch
        {
            MetricsKind.MinOverTime => isFirst ? number : Math.Min(_values[step], number),
            MetricsKind.MaxOverTime => isFirst ? number : Math.Max(_values[step], number),
            _ => _values[step] + number,
        };
    }

    public double[] Values()
    {
        var values = new double[_values.Length];
        for (var step = 0; step < values.Length; step++)
        {
            values[step] = _counts[step] == 0 ? double.NaN
                : _kind == MetricsKind.AverageOverTime ? _values[step] / _counts[step]
                : _values[step];
        }

        return values;
    }
}
