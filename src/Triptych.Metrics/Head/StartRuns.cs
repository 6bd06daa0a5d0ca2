using Triptych.Primitives.Binary;

namespace Triptych.Metrics.Head;

/// <summary>
/// Start times beside a column of samples in a WAL record: <c>uvarint(n) { items of the run:uvarint  start - start before:zigzag }</c>. Reads them one by
/// one; behind the last run there are zeros.
/// </summary>
internal ref struct StartRuns
{
    private VarintReader _reader;
    private int _runs;
    private long _left;
    private long _startMs;

    /// <summary>Begins with the runs that <paramref name="reader"/> stands at, and moves it behind them.</summary>
    public StartRuns(scoped ref VarintReader reader, ReadOnlySpan<byte> payload)
    {
        _reader = new VarintReader(payload[Math.Min(reader.Position, payload.Length)..]);
        _runs = _reader.ReadCount(MetricRecord.MaxItems);
        Skip(ref reader);
    }

    /// <summary>Whether there are none.</summary>
    public readonly bool IsEmpty => _runs == 0 && _left == 0;

    /// <summary>Moves a reader over runs; returns how many items they are for.</summary>
    public static long Skip(scoped ref VarintReader reader)
    {
        var items = 0L;
        for (var n = reader.ReadCount(MetricRecord.MaxItems); n > 0 && !reader.Failed; n--)
        {
            items += reader.ReadCount(MetricRecord.MaxItems);
            reader.ReadSigned();
        }

        return items;
    }

    /// <summary>The start of the next item; 0 where it has none.</summary>
    public long Next()
    {
        while (_left == 0)
        {
            if (_runs == 0) return 0;
            _runs--;
            _left = _reader.ReadCount(MetricRecord.MaxItems);
            _startMs += _reader.ReadSigned();
        }

        _left--;
        return _startMs;
    }

    /// <summary>Writes the starts of items, of which those that are not named have none.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="starts">By the place of the item, ascending.</param>
    public static void Write(PooledBufferWriter output, IReadOnlyList<(int Item, long StartMs)> starts)
    {
        var runs = 0;
        for (var i = 0; TryRun(starts, ref i, out _, out _);) runs++;
        output.WriteUnsigned((ulong)runs);
        var before = 0L;
        for (var i = 0; TryRun(starts, ref i, out var items, out var startMs);)
        {
            output.WriteUnsigned((ulong)items);
            output.WriteSigned(startMs - before);
            before = startMs;
        }
    }

    /// <summary>
    /// The next run: items without a start between two that have one are a run too. <paramref name="next"/> stands at the first start of it, or, as its
    /// complement, behind such a gap.
    /// </summary>
    private static bool TryRun(IReadOnlyList<(int Item, long StartMs)> starts, ref int next, out int items, out long startMs)
    {
        (items, startMs) = (0, 0);
        var isBehindGap = next < 0;
        if (isBehindGap) next = ~next;
        if (next == starts.Count) return false;
        var expected = next == 0 ? 0 : starts[next - 1].Item + 1;
        if (!isBehindGap && starts[next].Item > expected)
        {
            items = starts[next].Item - expected;
            next = ~next;
            return true;
        }

        startMs = starts[next].StartMs;
        var first = starts[next].Item;
        do
        {
            items++;
            next++;
        }
        while (next < starts.Count && starts[next].StartMs == startMs && starts[next].Item == first + items);

        return true;
    }
}
