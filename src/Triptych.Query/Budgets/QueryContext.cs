using Triptych.Columnar;
using Triptych.Columnar.Symbols;
using Triptych.Model;
using Triptych.Primitives.Memory;

namespace Triptych.Query.Budgets;

/// <summary>
/// One query while it runs: whose it is, its symbols, what it may still use, and what it wants to tell besides the answer. Made by the API for each
/// query, used by one thread at a time.
/// </summary>
public sealed class QueryContext
{
    private const int CheckEvery = 4096;

    private readonly HashSet<string> _warnings = new(StringComparer.Ordinal);
    private readonly HashSet<string> _infos = new(StringComparer.Ordinal);
    private long _bytes;
    private long _taken;
    private readonly List<PooledBytes> _kept = [];
    private readonly List<ScanStatistics> _underWay = [];
    private long _bytesDone;
    private long _rowsDone;
    private int _untilCheck = CheckEvery;

    /// <summary>Begins a query.</summary>
    /// <param name="tenant">Whose data.</param>
    /// <param name="limits">What it may use.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="memory">What its memory is taken from; null for a budget of <see cref="QueryLimits.MaxBytes"/> of its own.</param>
    public QueryContext(TenantId tenant, QueryLimits limits, CancellationToken cancellationToken, MemoryBudget? memory = null)
    {
        Tenant = tenant;
        Limits = limits;
        CancellationToken = cancellationToken;
        Memory = memory ?? new MemoryBudget("query", limits.MaxBytes);
    }

    /// <summary>Whose data.</summary>
    public TenantId Tenant { get; }

    /// <summary>What the query may use.</summary>
    public QueryLimits Limits { get; private set; }

    /// <summary>Ends when the client goes away, the deadline passes or someone stops the query.</summary>
    public CancellationToken CancellationToken { get; }

    /// <summary>The query's symbols, given to each scan.</summary>
    public SymbolTable Symbols { get; } = new();

    /// <summary>
    /// What the query may hold, <see cref="QueryLimits.MaxBytes"/> in all: scans take from it what they hold, and so does <see cref="Charge"/>.
    /// </summary>
    public MemoryBudget Memory { get; }

    /// <summary>Bytes charged now.</summary>
    public long BytesHeld => _bytes;

    /// <summary>The most bytes that were charged at once.</summary>
    public long PeakBytes { get; private set; }

    /// <summary>Samples read from storage so far.</summary>
    public long SamplesRead { get; set; }

    /// <summary>Samples that steps have looked at, each as often as it was.</summary>
    public long SamplesQueried { get; set; }

    /// <summary>The same for each step; null unless the client asked for it.</summary>
    public long[]? SamplesQueriedPerStep { get; set; }

    /// <summary>Bytes read from storage so far.</summary>
    public long BytesRead { get; set; }

    /// <summary>What scans have read so far, those under way among them (<see cref="Follow"/>). Any thread may ask.</summary>
    public QueryProgress Progress
    {
        get
        {
            lock (_underWay)
            {
                var (bytes, rows) = (_bytesDone, _rowsDone);
                foreach (var scan in _underWay) (bytes, rows) = (bytes + scan.BytesRead, rows + scan.RowsRead);
                return new QueryProgress(bytes, rows);
            }
        }
    }

    /// <summary>What may make the answer wrong or incomplete.</summary>
    public IReadOnlyCollection<string> Warnings => _warnings;

    /// <summary>What may surprise about a right answer.</summary>
    public IReadOnlyCollection<string> Infos => _infos;

    /// <summary>Looks for the newest sample this far back, in place of the limit's; to be said before evaluation begins.</summary>
    public void LookBack(TimeSpan lookback) => Limits = Limits with { Lookback = lookback };

    /// <summary>Counts a scan's cost in <see cref="Progress"/> while it goes on. What is returned is disposed of when the scan ends.</summary>
    public FollowedScan Follow(ScanStatistics scan)
    {
        lock (_underWay) _underWay.Add(scan);
        return new FollowedScan(this, scan);
    }

    /// <summary>Adds a warning; the same text counts once.</summary>
    public void Warn(string text) => _warnings.Add(text);

    /// <summary>Adds what a look-up has read and why it may lack something.</summary>
    public void Add(ScanStatistics lookup)
    {
        BytesRead += lookup.BytesRead;
        foreach (var warning in lookup.Warnings) Warn(warning);
        foreach (var info in lookup.Infos) Inform(info);
    }

    /// <summary>Adds a note; the same text counts once.</summary>
    public void Inform(string text) => _infos.Add(text);

    /// <summary>Charges memory to the query.</summary>
    /// <exception cref="QueryLimitException">The query would hold more than it may.</exception>
    public void Charge(long bytes)
    {
        _bytes += bytes;
        PeakBytes = Math.Max(PeakBytes, _bytes);
        if (TryFollow()) return;
        throw Refused(_bytes - _taken);
    }

    /// <summary>Gives memory back.</summary>
    public void Release(long bytes)
    {
        _bytes -= bytes;
        if (_bytes < _taken) TryFollow();
    }

    /// <summary>
    /// A copy of bytes for the answer. Large ones lie in native memory until <see cref="LetGo"/>, for arrays as large would wait for the garbage
    /// collector long after the answer.
    /// </summary>
    /// <exception cref="QueryLimitException">The query would hold more than it may.</exception>
    public ReadOnlyMemory<byte> Keep(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < PooledBytes.NativeThreshold)
        {
            Charge(bytes.Length);
            return bytes.ToArray();
        }

        if (!PooledBytes.TryRent(bytes.Length, Memory, out var kept)) throw Refused(bytes.Length);
        _kept.Add(kept);
        bytes.CopyTo(kept.Span);
        return kept.Memory;
    }

    /// <summary>
    /// The query is over and its answer has been written, or there is none: what <see cref="Keep"/> gave is gone, and nothing counts any more among what all
    /// queries hold together. Nothing may be charged afterwards.
    /// </summary>
    public void LetGo()
    {
        foreach (var kept in _kept) kept.Dispose();
        _kept.Clear();
        Memory.LeaveParent();
    }

    /// <summary>Counts samples taken from storage into the query.</summary>
    /// <exception cref="QueryLimitException">The query loads more than it may.</exception>
    public void CountSamples(long samples)
    {
        SamplesRead += samples;
        if (SamplesRead > Limits.MaxSamples) throw new QueryLimitException("query processing would load too many samples into memory in query execution");
    }

    /// <summary>To be called for each row of a long loop: looks for cancellation every few thousand units of work.</summary>
    /// <param name="work">How much the row is worth, for rows of many steps; at least 1.</param>
    /// <exception cref="OperationCanceledException">The query was cancelled.</exception>
    public void Tick(int work = 1)
    {
        _untilCheck -= work;
        if (_untilCheck > 0) return;
        _untilCheck = CheckEvery;
        CancellationToken.ThrowIfCancellationRequested();
    }

    internal void Unfollow(ScanStatistics scan)
    {
        lock (_underWay)
        {
            if (!_underWay.Remove(scan)) return;
            _bytesDone += scan.BytesRead;
            _rowsDone += scan.RowsRead;
        }
    }

    private QueryLimitException Refused(long bytes) => Memory.Available >= bytes
        ? new QueryLimitException("other queries hold the memory that this one wants", isBusy: true)
        : new QueryLimitException($"query would hold more than {Limits.MaxBytes} bytes of memory (query.max_memory)");

    /// <summary>Makes what is taken from the budget equal to what is charged; false where the budget refuses, for a refused charge is released too.</summary>
    private bool TryFollow()
    {
        var wanted = Math.Max(0, _bytes);
        if (wanted <= _taken) Memory.Return(_taken - wanted);
        else if (!Memory.TryTake(wanted - _taken)) return false;
        _taken = wanted;
        return true;
    }
}
