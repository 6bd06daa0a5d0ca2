using Triptych.Columnar.Symbols;

namespace Triptych.Query.Operators;

/// <summary>
/// Numbers label sets: equal sets (as spans of numbers, ordered alike) have equal numbers, counted from 0. One arena, no object for each
/// set.
/// </summary>
public sealed class LabelSetIndex
{
    private LabelId[] _labels = new LabelId[256];
    private int[] _starts = new int[64];
    private uint[] _hashes = new uint[63];
    private int[] _next = new int[63];
    private int[] _buckets = new int[128];

    /// <summary>How many distinct sets there are.</summary>
    public int Count { get; private set; }

    /// <summary>The labels of a set, valid until the next <see cref="GetOrAdd"/>.</summary>
    public ReadOnlySpan<LabelId> this[int number] => _labels.AsSpan(_starts[number].._starts[number + 1]);

    /// <summary>About how much memory the index holds.</summary>
    public long SizeBytes => (_labels.Length * 8L) + (_starts.Length * 12L) + (_buckets.Length * 4L);

    /// <summary>The number of a set, or −1.</summary>
    public int Find(ReadOnlySpan<LabelId> labels) => Find(labels, Hash(labels));

    /// <summary>The number of a set, a new one where it was not there.</summary>
    public int GetOrAdd(ReadOnlySpan<LabelId> labels, out bool added)
    {
        var hash = Hash(labels);
        var found = Find(labels, hash);
        added = found < 0;
        return added ? Add(labels, hash) : found;
    }

    private static uint Hash(ReadOnlySpan<LabelId> labels)
    {
        var hash = 0x9E3779B97F4A7C15UL;
        foreach (var label in labels)
        {
            hash ^= ((ulong)(uint)label.Name << 32) | (uint)label.Value;
            hash *= 0xD6E8FEB86659FD93UL;
            hash ^= hash >> 32;
        }

        return (uint)hash;
    }

    private int Find(ReadOnlySpan<LabelId> labels, uint hash)
    {
        for (var i = _buckets[hash & (uint)(_buckets.Length - 1)] - 1; i >= 0; i = _next[i] - 1)
        {
            if (_hashes[i] == hash && this[i].SequenceEqual(labels)) return i;
        }

        return -1;
    }

    private int Add(ReadOnlySpan<LabelId> labels, uint hash)
    {
        if (Count == _hashes.Length)
        {
            Array.Resize(ref _starts, (Count * 2) + 1);
            Array.Resize(ref _hashes, Count * 2);
            Array.Resize(ref _next, Count * 2);
        }

        if (Count * 2 >= _buckets.Length) Rehash();
        var start = _starts[Count];
        if (start + labels.Length > _labels.Length) Array.Resize(ref _labels, Math.Max(_labels.Length * 2, start + labels.Length));
        labels.CopyTo(_labels.AsSpan(start));
        _starts[Count + 1] = start + labels.Length;
        _hashes[Count] = hash;
        Link(Count);
        return Count++;
    }

    private void Rehash()
    {
        _buckets = new int[_buckets.Length * 2];
        for (var i = 0; i < Count; i++) Link(i);
    }

    private void Link(int number)
    {
        ref var bucket = ref _buckets[_hashes[number] & (uint)(_buckets.Length - 1)];
        _next[number] = bucket;
        bucket = number + 1;
    }
}
