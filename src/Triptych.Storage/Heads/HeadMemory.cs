namespace Triptych.Storage.Heads;

/// <summary>
/// Memory that the heads of all signals may hold together. A signal may hold far more than an equal part of it while the others hold little; one that holds no
/// more than <see cref="SureBytes"/> is not refused because of others. Any thread may call.
/// </summary>
/// <param name="limitBytes">What all of them may hold; they pass it by <see cref="SureBytes"/> each at the most.</param>
/// <param name="sureBytes">What each may hold whatever the others do.</param>
public sealed class HeadMemory(long limitBytes, long sureBytes)
{
    private readonly Lock _gate = new();
    private volatile Func<long>[] _heads = [];

    /// <summary>What all of them may hold, in bytes.</summary>
    public long LimitBytes => limitBytes;

    /// <summary>What each may hold whatever the others do, in bytes.</summary>
    public long SureBytes => sureBytes;

    /// <summary>What all of them hold now, in bytes.</summary>
    public long UsedBytes
    {
        get
        {
            var bytes = 0L;
            foreach (var head in _heads)
                bytes += head();
            return bytes;
        }
    }

    /// <summary>Counts a store's heads too.</summary>
    internal void Add(Func<long> sizeBytes)
    {
        lock (_gate)
            _heads = [.. _heads, sizeBytes];
    }
}
