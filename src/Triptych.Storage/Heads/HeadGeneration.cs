using Triptych.Storage.Wal;

namespace Triptych.Storage.Heads;

/// <summary>
/// A head with the WAL segments whose records it holds: exactly those of [<see cref="FirstSegment"/>..<see cref="LastSegment"/>]. Counted
/// references: the store has one until its blocks are in the catalog, each view has one; the last to go disposes the head.
/// </summary>
public sealed class HeadGeneration<THead>
    where THead : class, IHead
{
    private readonly TaskCompletionSource _aheadOfWal = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<WalTicket> _unwritten = [];
    private readonly HeadGeneration<THead>? _main;
    private bool _isCommitted;
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

    /// <summary>The side of a generation that takes appends.</summary>
    internal HeadGeneration(THead head, HeadGeneration<THead> main)
        : this(head, main.FirstSegment, createdUnixMs: 0, main.WalBytesBefore) => _main = main;

    /// <summary>An empty generation that takes appends, and its side where the signal has such a thing.</summary>
    internal static HeadGeneration<THead>[] Begin(ISignalHeads<THead> signal, THead? previous, long firstSegment, long walBytesBefore)
    {
        var active = new HeadGeneration<THead>(signal.Create(previous), firstSegment, createdUnixMs: 0, walBytesBefore);
        return signal.CreateSide(active.Head) is { } side ? [active, new HeadGeneration<THead>(side, active)] : [active];
    }

    /// <summary>What it holds. Usable for as long as the view it was got from.</summary>
    public THead Head { get; }

    /// <summary>First WAL segment of its records.</summary>
    public long FirstSegment { get; private set; }

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

    /// <summary>
    /// Whether the head may hold what the WAL will never hold, because an append failed halfway. Only blocks make that durable. Until they
    /// do, the places of those records stay open in the WAL, so that nothing that was decided after them counts as durable.
    /// </summary>
    internal bool IsAheadOfWal => WhenAheadOfWal.IsCompleted;

    /// <summary>Completes when <see cref="IsAheadOfWal"/> becomes true; never otherwise.</summary>
    internal Task WhenAheadOfWal => _main?.WhenAheadOfWal ?? _aheadOfWal.Task;

    /// <summary>
    /// Whether it is the side of another: records of its segments are in that one too, so that its blocks alone do not make the WAL needless. It comes before
    /// that one in the order of flushing.
    /// </summary>
    internal bool IsSide => _main is not null;

    /// <summary>
    /// Keeps the place of a record that failed. False when the blocks are committed already: the caller gives the place up. Under the
    /// decision lock.
    /// </summary>
    internal bool TryHold(WalTicket unwritten)
    {
        if (_isCommitted)
            return false;
        _unwritten.Add(unwritten);
        _aheadOfWal.TrySetResult();
        return true;
    }

    /// <summary>Notes that blocks hold everything; returns the places that may be given up now. Under the decision lock.</summary>
    internal IReadOnlyList<WalTicket> Committed()
    {
        _isCommitted = true;
        return _unwritten;
    }

    /// <summary>
    /// Leaves the segments so far to the side that is on its way to blocks, so that no two blocks stand for the same ones. What is left here of those
    /// segments is of other series, so the order between the two does not matter. Under the decision lock.
    /// </summary>
    internal void BeginAfter(long segment) => FirstSegment = segment + 1;

    internal void Extend(long segment) => Interlocked.Exchange(ref _lastSegment, segment);

    internal void AddReference() => Interlocked.Increment(ref _references);

    internal void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
            Head.Dispose();
    }
}
