using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Primitives.Binary;
using Triptych.Storage.Catalog;
using Triptych.Storage.Wal;

namespace Triptych.Storage.Heads;

/// <summary>
/// The records of some WAL segments in memory, of all tenants. Changed under the decision lock of its <see cref="HeadKeeper{THead}"/> (by
/// <see cref="IAppendStep{THead,TBatch}"/>) or by the replay thread, never both; how readers see it meanwhile is the head's own affair.
/// A frozen head does not change any more. Disposed when no view holds it: its memory goes back to its budget then.
/// </summary>
public interface IHead : IDisposable
{
    /// <summary>Memory held in bytes; readable from any thread.</summary>
    long SizeBytes { get; }

    /// <summary>Whether it holds nothing to flush; readable from any thread.</summary>
    bool IsEmpty { get; }

    /// <summary>Smallest time in the signal's own unit; <see cref="long.MaxValue"/> when empty.</summary>
    long MinTime { get; }

    /// <summary>Largest time, inclusive; <see cref="long.MinValue"/> when empty.</summary>
    long MaxTime { get; }

    /// <summary>
    /// Takes in a record that an append wrote. It decides nothing: what the record says is in. A payload that cannot be understood is an
    /// <see cref="InvalidDataException"/>; it is set aside and replay goes on, so nothing of it may be left half in. One of a newer version is a
    /// <see cref="WalTooNewException"/>, which ends the replay.
    /// </summary>
    void Replay(in WalRecord record);
}

/// <summary>What a signal's store gives the mechanism that all three share.</summary>
public interface ISignalHeads<THead>
    where THead : class, IHead
{
    /// <summary>
    /// An empty head. <paramref name="previous"/> is the one being frozen (null at start), for what has to be carried over, such as the last
    /// time of each series. Runs under the decision lock: no I/O.
    /// </summary>
    THead Create(THead? previous);

    /// <summary>
    /// An empty head beside <paramref name="main"/>, for what shall become blocks sooner than the rest: from now on the main one gives it what belongs there. Null
    /// where the signal has no such thing; then it never has. A record may lie in both, each item in one of them. Runs under the decision lock: no I/O.
    /// </summary>
    THead? CreateSide(THead main) => null;

    /// <summary>
    /// Writes everything that the frozen head holds to blocks: for each tenant gets addresses from <see cref="FrozenHead{THead}.NewBlockAsync"/>
    /// and puts the files. Returns what the catalog shall say of them. Appends and reads go on meanwhile. An exception makes it run again later.
    /// </summary>
    ValueTask<IReadOnlyList<BlockMeta>> WriteBlocksAsync(FrozenHead<THead> frozen, CancellationToken cancellationToken);

    /// <summary>
    /// What <see cref="Create"/> carried over from a frozen head and must outlive the WAL that goes with it: kept in the transaction that commits its blocks.
    /// Null leaves what was kept before.
    /// </summary>
    ReadOnlyMemory<byte>? SaveCarried(THead frozen) => null;

    /// <summary>Gives an empty head what was kept last, before anything is replayed into it.</summary>
    void LoadCarried(THead first, ReadOnlySpan<byte> saved)
    {
    }
}

/// <summary>What an append may do while it holds the decision lock.</summary>
public readonly ref struct AppendScope<THead>
    where THead : class, IHead
{
    /// <summary>The head that takes what is new.</summary>
    public required THead Head { get; init; }

    /// <summary>Heads that are becoming blocks, newest first: to look for duplicates, not to change.</summary>
    public required ReadOnlySpan<HeadGeneration<THead>> Frozen { get; init; }

    /// <summary>Whose data.</summary>
    public required TenantId Tenant { get; init; }

    /// <summary>The segment that the record will stand in: dictionaries start anew when it differs from the last one this head saw.</summary>
    public required long Segment { get; init; }

    /// <summary>Clock of the server at the decision.</summary>
    public required long ReceivedUnixMs { get; init; }

    /// <summary>Takes the record's payload: the outcome, complete enough that replay decides nothing. Left empty, no record is written.</summary>
    public required PooledBufferWriter Payload { get; init; }
}

/// <summary>What was decided for a batch.</summary>
/// <param name="Accepted">Items that are in now, duplicates included.</param>
/// <param name="Duplicates">Of these, items that were there before.</param>
/// <param name="Refusals">Items that were not taken.</param>
public readonly record struct AppendOutcome(long Accepted, long Duplicates, IReadOnlyList<Refusal> Refusals)
{
    /// <summary>
    /// Times of all that is in the payload and that a query may ask for by time. A step that does not say makes queries of any time wait for
    /// the record's replay after a restart.
    /// </summary>
    public RecordTimes Times { get; init; } = RecordTimes.Unknown;

    /// <summary>Of the accepted, those that are native histograms.</summary>
    public long Histograms { get; init; }

    /// <summary>Exemplars that are in now; they are not among the accepted.</summary>
    public long Exemplars { get; init; }

    /// <summary>All taken, none there before.</summary>
    public static AppendOutcome AllNew(long accepted) => new(accepted, 0, []);
}

/// <summary>Decides about a batch, encodes the outcome and applies it to the head, all under the decision lock.</summary>
public interface IAppendStep<THead, in TBatch>
    where THead : class, IHead
{
    /// <summary>About how many bytes the payload will have; runs before the lock is taken.</summary>
    int EstimatePayloadBytes(TBatch batch);

    /// <summary>
    /// Decides, encodes, applies. What can be expected (limits, order, budget) is a refusal in the outcome; an exception is a bug: the batch is
    /// not acknowledged, and the next record starts a new segment. No I/O, no waiting.
    /// </summary>
    AppendOutcome Apply(in AppendScope<THead> scope, TBatch batch);

    /// <summary>
    /// Why nothing of a batch can be taken just now, for a reason of the tenant's own; null where it can. The client is asked to come again. Runs under the
    /// decision lock before anything is decided.
    /// </summary>
    /// <param name="head">The head that takes appends.</param>
    /// <param name="frozen">Heads that are becoming blocks.</param>
    /// <param name="tenant">Whose batch.</param>
    /// <param name="batch">The batch.</param>
    string? WhyUnavailable(THead head, ReadOnlySpan<HeadGeneration<THead>> frozen, TenantId tenant, TBatch batch) => null;
}
