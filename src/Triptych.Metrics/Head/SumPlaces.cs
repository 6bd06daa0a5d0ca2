using Triptych.Primitives.Binary;

namespace Triptych.Metrics.Head;

/// <summary>
/// Which samples of a WAL record are running sums: <c>uvarint(n) { place - place before:uvarint }</c>, the first counted from 0. Reads them in order.
/// </summary>
internal ref struct SumPlaces
{
    private VarintReader _reader;
    private int _left;
    private long _next;

    /// <summary>Begins with the list that <paramref name="reader"/> stands at, and moves it behind that.</summary>
    public SumPlaces(scoped ref VarintReader reader, ReadOnlySpan<byte> payload)
    {
        _reader = new VarintReader(payload[Math.Min(reader.Position, payload.Length)..]);
        _left = _reader.ReadCount(MetricRecord.MaxItems);
        if (_left > 0) _next = _reader.ReadCount(MetricRecord.MaxItems);
        Skip(ref reader);
    }

    /// <summary>Whether none is left.</summary>
    public readonly bool IsEmpty => _left == 0;

    /// <summary>Moves a reader over a list; returns the last place, or -1.</summary>
    public static long Skip(scoped ref VarintReader reader)
    {
        var count = reader.ReadCount(MetricRecord.MaxItems);
        var last = count == 0 ? -1L : 0;
        for (; count > 0 && !reader.Failed; count--) last += reader.ReadCount(MetricRecord.MaxItems);
        return last;
    }

    /// <summary>Whether the sample at a place is a sum; places are asked for in order.</summary>
    public bool IsAt(int place)
    {
        if (_left == 0 || _next != place) return false;
        if (--_left > 0) _next += _reader.ReadCount(MetricRecord.MaxItems);
        return true;
    }

    /// <summary>Writes places, which ascend.</summary>
    public static void Write(PooledBufferWriter output, List<int> places)
    {
        output.WriteUnsigned((ulong)places.Count);
        var before = 0;
        foreach (var place in places)
        {
            output.WriteUnsigned((ulong)(place - before));
            before = place;
        }
    }
}
