using Triptych.Model.Metrics;
using Triptych.Query.Operators;

namespace Triptych.Query.Histograms;

/// <summary>What is worth telling of an operation on histograms.</summary>
[Flags]
public enum HistogramIssues
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Exponential and custom buckets do not go together: the operation did not take place.</summary>
    SchemasMixed = 1,

    /// <summary>Custom bounds differed, and only those that both have were kept.</summary>
    BoundsReconciled = 2,

    /// <summary>One side says that its counter started anew, the other that it did not.</summary>
    ResetsConflict = 4,
}

/// <summary>
/// A histogram under construction, to which others are added one by one with compensation for what rounding loses. The coarser schema and the wider
/// zero bucket win; of different custom bounds those remain that all have. One thread at a time.
/// </summary>
public sealed class HistogramSum
{
    private readonly BucketList _positive = new();
    private readonly BucketList _negative = new();
    private readonly HistogramScratch _scratch;
    private IReadOnlyList<double> _customBounds = [];
    private int _schema;
    private double _zeroThreshold;
    private double _zeroCount;
    private double _zeroLost;
    private double _count;
    private double _countLost;
    private double _sum;
    private double _sumLost;
    private CounterResetHint _hint;

    /// <summary>Begins with nothing.</summary>
    /// <param name="scratch">Working memory, which many sums on one thread may share; null: its own.</param>
    public HistogramSum(HistogramScratch? scratch = null)
    {
        _scratch = scratch ?? new HistogramScratch();
        IsEmpty = true;
    }

    /// <summary>Begins with a histogram.</summary>
    public HistogramSum(FloatHistogram first)
        : this()
    {
        Reset(first);
    }

    /// <summary>Whether nothing was added yet.</summary>
    public bool IsEmpty { get; private set; }

    /// <summary>All observations.</summary>
    public double Count => _count + _countLost;

    /// <summary>Whether a number of it is infinite.</summary>
    public bool HasInfinity => double.IsInfinity(_zeroCount) || double.IsInfinity(_count) || double.IsInfinity(_sum)
        || _positive.HasInfinity() || _negative.HasInfinity();

    /// <summary>Begins anew with a histogram; memory is kept.</summary>
    public void Reset(FloatHistogram first)
    {
        IsEmpty = false;
        _customBounds = first.CustomBounds;
        (_schema, _zeroThreshold, _hint) = (first.Schema, first.ZeroThreshold, first.ResetHint);
        (_zeroCount, _zeroLost) = (first.ZeroCount, 0);
        (_count, _countLost, _sum, _sumLost) = (first.Count, 0, first.Sum, 0);
        LoadBuckets(first, _positive, _negative);
    }

    /// <summary>Adds a histogram.</summary>
    public HistogramIssues Add(FloatHistogram other)
    {
        if (!IsEmpty) return Add(other, 1);
        Reset(other);
        return HistogramIssues.None;
    }

    /// <summary>Takes a histogram away.</summary>
    public HistogramIssues Subtract(FloatHistogram other) => Add(other, -1);

    /// <summary>Lowers the resolution to that of a schema, where it is higher; custom buckets stay as they are.</summary>
    public void ReduceTo(int schema)
    {
        if (_schema <= schema || _schema == FloatHistogram.CustomBoundsSchema) return;
        var from = _schema;
        _positive.Renumber(bucket => HistogramBounds.Coarser(bucket, from, schema));
        _negative.Renumber(bucket => HistogramBounds.Coarser(bucket, from, schema));
        _schema = schema;
    }

    /// <summary>Multiplies all counts and the sum; by a negative number, a counter becomes a gauge.</summary>
    public void Scale(double factor)
    {
        (_zeroCount, _zeroLost) = (_zeroCount * factor, Scaled(_zeroLost, factor));
        (_count, _countLost) = (_count * factor, Scaled(_countLost, factor));
        (_sum, _sumLost) = (_sum * factor, Scaled(_sumLost, factor));
        _positive.Scale(factor);
        _negative.Scale(factor);
        if (factor < 0) _hint = CounterResetHint.Gauge;
    }

    // Nothing times infinity would be NaN.
    private static double Scaled(double lost, double factor) => lost == 0 ? 0 : lost * factor;

    /// <summary>Divides all counts and the sum. Nothing is known of the buckets after a division by zero.</summary>
    public void Divide(double divisor)
    {
        (_zeroCount, _zeroLost) = (_zeroCount / divisor, divisor == 0 ? 0 : _zeroLost / divisor);
        (_count, _countLost) = (_count / divisor, divisor == 0 ? 0 : _countLost / divisor);
        (_sum, _sumLost) = (_sum / divisor, divisor == 0 ? 0 : _sumLost / divisor);
        if (divisor == 0)
        {
            _positive.Clear();
            _negative.Clear();
            return;
        }

        _positive.Divide(divisor);
        _negative.Divide(divisor);
        if (divisor < 0) _hint = CounterResetHint.Gauge;
    }

    /// <summary>Becomes equal to another.</summary>
    public void CopyFrom(HistogramSum other)
    {
        _positive.CopyFrom(other._positive);
        _negative.CopyFrom(other._negative);
        _customBounds = other._customBounds;
        (_schema, _zeroThreshold, _hint, IsEmpty) = (other._schema, other._zeroThreshold, other._hint, other.IsEmpty);
        (_zeroCount, _zeroLost) = (other._zeroCount, other._zeroLost);
        (_count, _countLost, _sum, _sumLost) = (other._count, other._countLost, other._sum, other._sumLost);
    }

    /// <summary>The result, without empty buckets.</summary>
    public FloatHistogram ToHistogram() => ToHistogram(_hint);

    /// <summary>The result with another hint.</summary>
    public FloatHistogram ToHistogram(CounterResetHint hint)
    {
        var (positiveSpans, positiveBuckets) = _positive.ToSpans();
        var (negativeSpans, negativeBuckets) = _negative.ToSpans();
        return new FloatHistogram
        {
            Schema = _schema,
            ResetHint = hint,
            ZeroThreshold = _zeroThreshold,
            ZeroCount = _zeroCount + _zeroLost,
            Count = _count + _countLost,
            Sum = _sum + _sumLost,
            PositiveSpans = positiveSpans,
            PositiveBuckets = positiveBuckets,
            NegativeSpans = negativeSpans,
            NegativeBuckets = negativeBuckets,
            CustomBounds = _customBounds,
        };
    }

    private static void LoadBuckets(FloatHistogram histogram, BucketList positive, BucketList negative)
    {
        // A custom bucket past the last bound holds what is above all bounds.
        Func<long, long>? map = histogram.IsCustom() ? bucket => Math.Clamp(bucket, 0, histogram.CustomBounds.Count) : null;
        positive.Load(histogram.PositiveSpans, histogram.PositiveBuckets, map);
        negative.Load(histogram.NegativeSpans, histogram.NegativeBuckets);
    }

    private HistogramIssues Add(FloatHistogram other, double factor)
    {
        var isCustom = _schema == FloatHistogram.CustomBoundsSchema;
        if (isCustom != other.IsCustom()) return HistogramIssues.SchemasMixed;
        var issues = HistogramIssues.None;
        if (MergeHint(other.ResetHint)) issues |= HistogramIssues.ResetsConflict;
        LoadBuckets(other, _scratch.Positive, _scratch.Negative);
        var zeroCount = other.ZeroCount;
        if (isCustom)
        {
            if (ReconcileBounds(other.CustomBounds)) issues |= HistogramIssues.BoundsReconciled;
        }
        else
        {
            ReconcileSchemas(other.Schema);
            zeroCount = ReconcileZero(zeroCount, other.ZeroThreshold);
        }

        KahanSum.Add(factor * zeroCount, ref _zeroCount, ref _zeroLost);
        KahanSum.Add(factor * other.Count, ref _count, ref _countLost);
        KahanSum.Add(factor * other.Sum, ref _sum, ref _sumLost);
        _positive.Add(_scratch.Positive, factor);
        _negative.Add(_scratch.Negative, factor);
        return issues;
    }

    // A gauge makes the result a gauge; what nobody knows stays unknown.
    private bool MergeHint(CounterResetHint other)
    {
        if (other == _hint || _hint == CounterResetHint.Gauge) return false;
        if (other == CounterResetHint.Gauge)
        {
            _hint = CounterResetHint.Gauge;
            return false;
        }

        var conflict = _hint != CounterResetHint.Unknown && other != CounterResetHint.Unknown;
        _hint = CounterResetHint.Unknown;
        return conflict;
    }

    private void ReconcileSchemas(int otherSchema)
    {
        if (otherSchema > _schema)
        {
            var to = _schema;
            _scratch.Positive.Renumber(bucket => HistogramBounds.Coarser(bucket, otherSchema, to));
            _scratch.Negative.Renumber(bucket => HistogramBounds.Coarser(bucket, otherSchema, to));
        }
        else if (otherSchema < _schema)
        {
            ReduceTo(otherSchema);
        }
    }

    // Widens either zero bucket until both are equally wide; returns the count of the other's.
    private double ReconcileZero(double otherCount, double otherThreshold)
    {
        while (otherThreshold != _zeroThreshold && !double.IsNaN(otherThreshold) && !double.IsNaN(_zeroThreshold))
        {
            if (_zeroThreshold > otherThreshold)
            {
                (otherCount, otherThreshold) = ZeroBucket.Widen(
                    _scratch.Positive, _scratch.Negative, _schema, otherCount, _zeroThreshold);
            }

            if (otherThreshold > _zeroThreshold)
            {
                (_zeroCount, _zeroThreshold) = ZeroBucket.Widen(_positive, _negative, _schema, _zeroCount, otherThreshold);
            }
        }

        return otherCount;
    }

    private bool ReconcileBounds(IReadOnlyList<double> otherBounds)
    {
        if (ReferenceEquals(_customBounds, otherBounds) || _customBounds.SequenceEqual(otherBounds)) return false;
        var mine = _customBounds;
        var common = CustomBounds.Intersect(mine, otherBounds);
        _positive.Renumber(bucket => CustomBounds.Target(bucket, mine, common));
        _scratch.Positive.Renumber(bucket => CustomBounds.Target(bucket, otherBounds, common));
        _customBounds = common;
        return true;
    }
}
