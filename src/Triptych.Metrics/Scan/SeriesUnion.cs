using Triptych.Model.Labels;
using Triptych.Primitives.Checksums;

namespace Triptych.Metrics.Scan;

/// <summary>
/// Which series a scan has, each once, and in which places of which sources its samples lie. Series are the same when their canonical
/// labels are the same bytes; a hash finds candidates, the
/// bytes decide.
/// </summary>
internal sealed class SeriesUnion
{
    private const int ArrayHeaderBytes = 24;
    private readonly Dictionary<ulong, int> _byHash = [];
    private readonly List<byte[]> _keys = [];
    private long _keyBytes;

    /// <summary>By series and source, the series' place among those that the source selected.</summary>
    public List<Fragment> Fragments { get; } = [];

    /// <summary>The first fragment of each series; each names the next.</summary>
    public List<int> First { get; } = [];

    /// <summary>About how much memory this holds, in bytes.</summary>
    public long SizeBytes => (Fragments.Capacity * 12L) + ((First.Capacity + _last.Capacity) * 4L) + (_byHash.Count * 40L) + (_keys.Capacity * 8L) + _keyBytes;

    /// <summary>The last fragment of each series.</summary>
    private readonly List<int> _last = [];

    /// <summary>Adds all of a single source, where nothing needs comparing.</summary>
    public void AddAll(int source, IReadOnlyList<int> selected)
    {
        for (var i = 0; i < selected.Count; i++)
        {
            First.Add(Fragments.Count);
            Fragments.Add(new Fragment(source, selected[i], -1));
        }
    }

    /// <summary>Adds a series of one of several sources; sources come from the oldest to the newest.</summary>
    public void Add(int source, int series, ReadOnlySpan<byte> canonicalLabels)
    {
        var hash = XxHash64.Compute(canonicalLabels);
        while (_byHash.TryGetValue(hash, out var known))
        {
            if (_keys[known].AsSpan().SequenceEqual(canonicalLabels))
            {
                Fragments[_last[known]] = Fragments[_last[known]] with { Next = Fragments.Count };
                _last[known] = Fragments.Count;
                Fragments.Add(new Fragment(source, series, -1));
                return;
            }

            hash++;
        }

        _byHash.Add(hash, First.Count);
        _keys.Add(canonicalLabels.ToArray());
        _keyBytes += ArrayHeaderBytes + canonicalLabels.Length;
        First.Add(Fragments.Count);
        _last.Add(Fragments.Count);
        Fragments.Add(new Fragment(source, series, -1));
    }

    /// <summary>Puts the series, of which each was added with its labels, in the order of these; none can be added behind it.</summary>
    public void SortByLabels()
    {
        var order = new int[First.Count];
        for (var i = 0; i < order.Length; i++) order[i] = i;
        order.AsSpan().Sort((a, b) => CompareLabels(_keys[a], _keys[b]));
        int[] first = [.. First];
        for (var i = 0; i < order.Length; i++) First[i] = first[order[i]];
    }

    // Canonical bytes carry lengths, so they are not in this order themselves.
    private static int CompareLabels(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        var left = new LabelSetReader(a);
        var right = new LabelSetReader(b);
        while (true)
        {
            var hasLeft = left.TryRead(out var leftName, out var leftValue);
            var hasRight = right.TryRead(out var rightName, out var rightValue);
            if (!hasLeft || !hasRight) return hasLeft.CompareTo(hasRight);
            var names = leftName.SequenceCompareTo(rightName);
            if (names != 0) return names;
            var values = leftValue.SequenceCompareTo(rightValue);
            if (values != 0) return values;
        }
    }

    /// <summary>Series number <paramref name="Series"/> of a source; the next fragment of the same series, or -1.</summary>
    public readonly record struct Fragment(int Source, int Series, int Next);
}
