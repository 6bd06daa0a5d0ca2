using Triptych.Model.Metrics;
using Triptych.Query.Operators;

namespace Triptych.Query.Histograms;

/// <summary>
/// Buckets of one side of a histogram while it is worked on: numbers ascending, counts, and what rounding lost of each (<see cref="KahanSum"/>).
/// Reused; one thread at a time.
/// </summary>
internal sealed class BucketList
{
    private long[] _buckets = [];
    private double[] _counts = [];
    private double[] _lost = [];
    private long[] _mergedBuckets = [];
    private double[] _mergedCounts = [];
    private double[] _mergedLost = [];

    public int Length { get; private set; }

    public ReadOnlySpan<long> Buckets => _buckets.AsSpan(0, Length);

    public double CountAt(int place) => _counts[place] + _lost[place];

    public void Clear() => Length = 0;

    /// <summary>Takes the buckets of a histogram over, each number through <paramref name="map"/> where it is given, which keeps their order.</summary>
    public void Load(IReadOnlyList<BucketSpan> spans, IReadOnlyList<double> counts, Func<long, long>? map = null)
    {
        Length = 0;
        Reserve(counts.Count);
        var ordered = true;
        var walk = new BucketWalk(spans, counts);
        while (walk.Next())
        {
            var bucket = map is null ? walk.Bucket : map(walk.Bucket);
            if (Length > 0 && bucket == _buckets[Length - 1])
            {
                KahanSum.Add(walk.Count, ref _counts[Length - 1], ref _lost[Length - 1]);
                continue;
            }

            ordered &= Length == 0 || bucket > _buckets[Length - 1];
            Append(bucket, walk.Count, 0);
        }

        if (!ordered) Sort();
    }

    /// <summary>Changes the numbers of the buckets; those that become equal are added up.</summary>
    public void Renumber(Func<long, long> map)
    {
        var kept = 0;
        for (var i = 0; i < Length; i++)
        {
            var bucket = map(_buckets[i]);
            if (kept > 0 && bucket == _buckets[kept - 1])
            {
                KahanSum.Add(_counts[i], ref _counts[kept - 1], ref _lost[kept - 1]);
                KahanSum.Add(_lost[i], ref _counts[kept - 1], ref _lost[kept - 1]);
                continue;
            }

            (_buckets[kept], _counts[kept], _lost[kept]) = (bucket, _counts[i], _lost[i]);
            kept++;
        }

        Length = kept;
    }

    /// <summary>Adds another list, whose counts are multiplied by <paramref name="factor"/> before.</summary>
    public void Add(BucketList other, double factor)
    {
        if (Buckets.SequenceEqual(other.Buckets))
        {
            for (var i = 0; i < Length; i++) AddAt(i, other, i, factor);
            return;
        }

        Merge(other, factor);
    }

    public void Scale(double factor)
    {
        for (var i = 0; i < Length; i++)
        {
            _counts[i] *= factor;

            // Nothing times infinity would be NaN.
            if (_lost[i] != 0) _lost[i] *= factor;
        }
    }

    public void Divide(double divisor)
    {
        for (var i = 0; i < Length; i++)
        {
            _counts[i] /= divisor;
            _lost[i] /= divisor;
        }
    }

    /// <summary>Removes the first <paramref name="count"/> buckets.</summary>
    public void RemoveFirst(int count)
    {
        Array.Copy(_buckets, count, _buckets, 0, Length - count);
        Array.Copy(_counts, count, _counts, 0, Length - count);
        Array.Copy(_lost, count, _lost, 0, Length - count);
        Length -= count;
    }

    public void CopyFrom(BucketList other)
    {
        Length = 0;
        Reserve(other.Length);
        Array.Copy(other._buckets, _buckets, other.Length);
        Array.Copy(other._counts, _counts, other.Length);
        Array.Copy(other._lost, _lost, other.Length);
        Length = other.Length;
    }

    public bool HasInfinity()
    {
        for (var i = 0; i < Length; i++)
        {
            if (double.IsInfinity(_counts[i])) return true;
        }

        return false;
    }

    /// <summary>The buckets that are not empty, as a histogram keeps them.</summary>
    public (BucketSpan[] Spans, double[] Counts) ToSpans()
    {
        var spans = new List<BucketSpan>();
        var counts = new List<double>(Length);
        var next = 0L;
        for (var i = 0; i < Length; i++)
        {
            var count = CountAt(i);
            if (count == 0) continue;
            if (spans.Count > 0 && _buckets[i] == next) spans[^1] = spans[^1] with { Length = spans[^1].Length + 1 };
            else spans.Add(new BucketSpan((int)(_buckets[i] - next), 1));
            counts.Add(count);
            next = _buckets[i] + 1;
        }

        return ([.. spans], [.. counts]);
    }

    private void AddAt(int place, BucketList other, int otherPlace, double factor)
    {
        KahanSum.Add(factor * other._counts[otherPlace], ref _counts[place], ref _lost[place]);
        if (other._lost[otherPlace] != 0) KahanSum.Add(factor * other._lost[otherPlace], ref _counts[place], ref _lost[place]);
    }

    private void Merge(BucketList other, double factor)
    {
        if (_mergedBuckets.Length < Length + other.Length)
        {
            var room = (Length + other.Length) * 2;
            _mergedBuckets = new long[room];
            _mergedCounts = new double[room];
            _mergedLost = new double[room];
        }

        int mine = 0, theirs = 0, count = 0;
        while (mine < Length || theirs < other.Length)
        {
            var both = mine < Length && theirs < other.Length && _buckets[mine] == other._buckets[theirs];
            if (both) AddAt(mine, other, theirs, factor);
            if (both || theirs == other.Length || (mine < Length && _buckets[mine] < other._buckets[theirs]))
            {
                (_mergedBuckets[count], _mergedCounts[count], _mergedLost[count]) = (_buckets[mine], _counts[mine], _lost[mine]);
                mine++;
                if (both) theirs++;
            }
            else
            {
                (_mergedBuckets[count], _mergedCounts[count], _mergedLost[count]) =
                    (other._buckets[theirs], factor * other._counts[theirs], factor * other._lost[theirs]);
                theirs++;
            }

            count++;
        }

        (_buckets, _mergedBuckets) = (_mergedBuckets, _buckets);
        (_counts, _mergedCounts) = (_mergedCounts, _counts);
        (_lost, _mergedLost) = (_mergedLost, _lost);
        Length = count;
    }

    private void Append(long bucket, double count, double lost)
    {
        (_buckets[Length], _counts[Length], _lost[Length]) = (bucket, count, lost);
        Length++;
    }

    private void Reserve(int room)
    {
        if (_buckets.Length >= room) return;
        _buckets = new long[room * 2];
        _counts = new double[room * 2];
        _lost = new double[room * 2];
    }

    // Only a broken sender's spans go backwards.
    private void Sort()
    {
        Array.Sort(_buckets, _counts, 0, Length);
        Array.Clear(_lost);
        Renumber(bucket => bucket);
    }
}
