namespace Triptych.Storage.Heads;

/// <summary>
/// A head with the WAL segments whose records it holds: exactly those of [<see cref="FirstSegment"/>..<see cref="LastSegment"/>]. Counted
/// references: the store has one until its blocks are in the catalog, each view has one; the last to go disposes the head.
/// </summary>
public sealed class HeadGeneration<THead>
    where THead : class, IHead
{
    private int _references = 1;
    private long _lastSegment;

    internal HeadGeneration(THead head, long firstSegment, long createdUnixMs, long walBytesBefore)
    {
        Head = head;
        FirstSegment = firstSegment;
        _lastSegment = firstSegment;
        CreatedUnixMs = createdUnixMs;
        WalBytesBefore = walBytesBefore;
    }

    /// <summary>What it holds. Usable for as long as the view it was got from.</summary>
    public THead Head { get; }

    /// <summary>First WAL segment of its records.</summary>
    public long FirstSegment { get; }

    /// <summary>Last WAL segment of its records so far; final when it is frozen.</summary>
    public long LastSegment => Interlocked.Read(ref _lastSegment);

    /// <summary>When its first record was taken; 0 while there is none.</summary>
    internal long CreatedUnixMs { get; set; }

    /// <summary>The WAL's counter of written bytes when it began; less by what was replayed into it.</summary>
    internal long WalBytesBefore { get; set; }

    /// <summary>Last number reserved before it was frozen.</summary>
    internal long LastSequence { get; set; }

    /// <summary>What a flush has written but not yet committed.</summary>
    internal PendingFlush? Pending { get; set; }

    internal void Extend(long segment) => Interlocked.Exchange(ref _lastSegment, segment);

    internal void AddReference() => Interlocked.Increment(ref _references);

    internal void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
            Head.Dispose();
    }
}
