using System.Runtime.InteropServices;
using Triptych.Query.Budgets;
using Triptych.TraceQL.Planning;

namespace Triptych.TraceQL.Functions;

/// <summary>
/// How the numbers of each step are distributed, in buckets of equal width on a logarithmic scale: 32 for each doubling, so that a quantile
/// is within 1.1 % of an exact one; and powers of two for histograms.
/// </summary>
internal sealed class DistributionAccumulator(int bucketsPerDoubling, QueryContext context) : StepAccumulator
{
    /// <summary>Buckets of a quantile.</summary>
    public const int Fine = 32;

    /// <summary>Buckets of a histogram.</summary>
    public const int PowersOfTwo = 1;

    private const long BytesPerBucket = 40;

    // Beyond any exponent of a double times the finest buckets: keeps the keys of positive numbers above 0, negative ones below.
    private const int KeyOffset = 1_100 * Fine;

    private readonly Dictionary<(int Step, int Bucket), long> _counts = [];

    public override long SizeBytes => 128;

    public override long GrownBytes => _counts.Count * BytesPerBucket;

    public override void Add(int step, FieldValue value)
    {
        if (!value.IsNumeric || double.IsNaN(value.AsDouble))
        {
            return;
        }

        // Durations are bucketed by nanoseconds, so that the bounds are powers of two of those, as Tempo's are.
        ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(_counts, (step, KeyOf(value.AsDouble)), out var isKnown);
        count++;
        if (!isKnown)
        {
            context.Charge(BytesPerBucket);
        }
    }

    /// <summary>The quantile at each step; NaN where a step has no number. A bucket stands for its middle, the lowest and highest included.</summary>
    public double[] Quantile(double quantile, int steps, double unit)
    {
        var values = new double[steps];
        Array.Fill(values, double.NaN);
        foreach (var step in _counts.GroupBy(entry => entry.Key.Step))
        {
            var buckets = step.OrderBy(entry => entry.Key.Bucket).ToList();
            var total = buckets.Sum(entry => entry.Value);
            var rank = Math.Max(1, (long)Math.Ceiling(quantile * total));
            foreach (var (key, count) in buckets)
            {
                rank -= count;
                if (rank <= 0)
                {
                    values[step.Key] = MiddleOf(key.Bucket) / unit;
                    break;
                }
            }
        }

        return values;
    }

    /// <summary>For each bucket that some step has, its upper bound and its counts.</summary>
    public IEnumerable<(double UpperBound, double[] Counts)> Buckets(int steps, double unit)
    {
        foreach (var bucket in _counts.GroupBy(entry => entry.Key.Bucket).OrderBy(group => group.Key))
        {
            var counts = new double[steps];
            foreach (var (key, count) in bucket)
            {
                counts[key.Step] = count;
            }

            yield return (UpperBoundOf(bucket.Key) / unit, counts);
        }
    }

    private int KeyOf(double number)
    {
        if (number == 0)
        {
            return 0;
        }

        var magnitude = Math.Min(Math.Abs(number), double.MaxValue);
        var bucket = (int)Math.Ceiling(Math.Log2(magnitude) * bucketsPerDoubling) + KeyOffset;
        return number > 0 ? bucket : -bucket;
    }

    private double UpperBoundOf(int key) => key switch
    {
        0 => 0,
        > 0 => Math.Pow(2, (double)(key - KeyOffset) / bucketsPerDoubling),
        _ => -Math.Pow(2, (double)(-key - KeyOffset - 1) / bucketsPerDoubling),
    };

    private double MiddleOf(int key) => key == 0
        ? 0
        : Math.Sign(key) * Math.Pow(2, (Math.Abs(key) - KeyOffset - 0.5) / bucketsPerDoubling);
}
