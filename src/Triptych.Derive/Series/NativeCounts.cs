using Triptych.Model.Metrics;
using Triptych.Primitives.Binary;

namespace Triptych.Derive.Series;

/// <summary>
/// A native histogram of positive values while it is counted: buckets in a row, and where they become too many neighbours are put together. Bounds are those of
/// <see cref="FloatHistogram"/>.
/// </summary>
internal sealed class NativeCounts
{
    private const int FinestSchema = 8;
    private const int CoarsestSchema = -4;
    private const double ZeroThreshold = 2.938735877055719e-39;
    private const int MaxSaved = 1 << 16;
    private double[] _counts = [];
    private int _used;
    private int _first;
    private int _schema;
    private double _zeros;
    private double _count;
    private double _sum;

    /// <summary>An empty histogram.</summary>
    public NativeCounts(NativeHistogramOptions options) => _schema = SchemaOf(options.BucketFactor);

    private NativeCounts()
    {
    }

    /// <summary>The finest schema whose buckets grow by no more than a factor.</summary>
    public static int SchemaOf(double factor) => -(int)Math.Clamp(Math.Floor(Math.Log2(Math.Log2(factor))), -FinestSchema, -CoarsestSchema);

    /// <summary>Counts a value so many times.</summary>
    public void Add(double value, double weight, int maxBuckets)
    {
        _count += weight;
        _sum += value * weight;
        if (!(value > ZeroThreshold))
        {
            _zeros += weight;
            return;
        }

        var index = IndexOf(value, _schema);
        while (!TryMakeRoom(index, maxBuckets))
        {
            if (_schema == CoarsestSchema)
            {
                maxBuckets = int.MaxValue;
                continue;
            }

            Coarsen();
            index = IndexOf(value, _schema);
        }

        _counts[index - _first] += weight;
    }

    /// <summary>What was counted.</summary>
    public FloatHistogram ToHistogram() => new()
    {
        Schema = _schema,
        ZeroThreshold = ZeroThreshold,
        ZeroCount = _zeros,
        Count = _count,
        Sum = _sum,
        PositiveSpans = _used == 0 ? [] : [new BucketSpan(_first, (uint)_used)],
        PositiveBuckets = _counts[.._used],
    };

    /// <summary>Writes it.</summary>
    public void Save(PooledBufferWriter output)
    {
        output.WriteSigned(_schema);
        output.WriteDouble(_zeros);
        output.WriteDouble(_count);
        output.WriteDouble(_sum);
        output.WriteSigned(_first);
        output.WriteUnsigned((ulong)_used);
        foreach (var count in _counts.AsSpan(0, _used)) SavedNumber.Write(output, count);
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    public static NativeCounts Load(ref VarintReader reader)
    {
        var counts = new NativeCounts
        {
            _schema = (int)Math.Clamp(reader.ReadSigned(), CoarsestSchema, FinestSchema),
            _zeros = reader.ReadDouble(),
            _count = reader.ReadDouble(),
            _sum = reader.ReadDouble(),
            _first = (int)Math.Clamp(reader.ReadSigned(), int.MinValue / 2, int.MaxValue / 2),
            _used = reader.ReadCount(MaxSaved),
        };
        counts._counts = new double[counts._used];
        foreach (ref var count in counts._counts.AsSpan()) count = SavedNumber.Read(ref reader);
        return counts;
    }

    private static int IndexOf(double value, int schema)
    {
        var scale = Math.ScaleB(1, schema);
        var index = (int)Math.Ceiling(Math.Log2(value) * scale);

        // The logarithm may be off by a last bit where the value is a bound.
        if (value <= Math.Pow(2, (index - 1) / scale)) index--;
        else if (value > Math.Pow(2, index / scale)) index++;
        return index;
    }

    private bool TryMakeRoom(int index, int maxBuckets)
    {
        if (_used == 0)
        {
            _first = index;
            _used = 1;
            if (_counts.Length == 0) _counts = new double[8];
            _counts[0] = 0;
            return true;
        }

        var (first, last) = (Math.Min(_first, index), Math.Max(_first + _used - 1, index));
        var used = last - first + 1;
        if (used > maxBuckets) return false;
        if (used == _used) return true;
        if (used > _counts.Length) Array.Resize(ref _counts, Math.Max(used, _counts.Length * 2));
        var shift = _first - first;
        if (shift > 0) _counts.AsSpan(0, _used).CopyTo(_counts.AsSpan(shift));
        _counts.AsSpan(0, shift).Clear();
        _counts.AsSpan(shift + _used, used - shift - _used).Clear();
        (_first, _used) = (first, used);
        return true;
    }

    private void Coarsen()
    {
        _schema--;
        var first = HalfUp(_first);
        var used = _used == 0 ? 0 : HalfUp(_first + _used - 1) - first + 1;
        var counts = new double[Math.Max(8, used)];
        for (var i = 0; i < _used; i++) counts[HalfUp(_first + i) - first] += _counts[i];
        (_counts, _first, _used) = (counts, first, used);
    }

    // Bucket i of the finer schema ends at 2^(i/2^s): it lies in the coarser one's bucket of half its number, rounded up.
    private static int HalfUp(int index) => (index + 1) >> 1;
}
