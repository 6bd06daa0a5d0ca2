using Triptych.Columnar;
using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Checksums;
using Triptych.Storage.Catalog;
using Triptych.Storage.Instruments;
using Triptych.Storage.Wal;

namespace Triptych.Storage.Heads;

/// <summary>
/// The mechanism that the three stores share: WAL, the head that takes appends, heads becoming blocks, and views that see each record once.
/// In: batches with a step that decides, encodes and applies under the decision lock. Out: results once they are durable; pinned views.
/// Life: construct → <see cref="RecoverAsync"/> (until it is done appends are refused, and readers ask <see cref="RequireReplayed()"/> whether
/// views have what they want) → use → <see cref="FlushAllAsync"/> on SIGTERM → dispose. Owns heads, WAL and flush loop; not the services. Any
/// thread may call.
/// docs/adr/0002-what-a-query-pins.md, docs/adr/0003-wal-records.md.
/// </summary>
public sealed class HeadKeeper<THead> : IAsyncDisposable
    where THead : class, IHead
{
    private const int MaxFirstPayloadBytes = 1024 * 1024;
    private const long MinSegmentBytes = 1024 * 1024;
    private readonly HeadOptions _options;
    private readonly ISignalHeads<THead> _signal;
    private readonly StorageServices _services;
    private readonly RequestTable _requests;
    private readonly TaskCompletionSource _recovered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ReplayState _replay;
    private readonly HeadFlusher<THead> _flusher;
    private readonly FlushedBlocks _flushed;
    private readonly bool _hasSide;
    private WriteAheadLog? _wal;

    // Newest first: the one that takes appends, its side where there is one, then those that wait to become blocks.
    // Replaced under the decision lock and the catalog's publish gate together, or under the latter alone when blocks take
    // the place of a generation; read under either.
    private HeadGeneration<THead>[] _generations;

    /// <summary>Makes an empty head; touches no file.</summary>
    public HeadKeeper(HeadOptions options, ISignalHeads<THead> signal, StorageServices services)
    {
        // Replay frees memory only between segments, so none of them may be larger than a head.
        var segmentBytes = Math.Min(options.Wal.SegmentBytes, Math.Max(options.FlushHeadBytes, MinSegmentBytes));
        _options = options with { Wal = options.Wal with { SegmentBytes = segmentBytes } };
        _signal = signal;
        _services = services;
        _replay = new ReplayState(options.Wal.Signal, options.RetryAfter);
        _requests = new RequestTable(options.RequestWindow, options.MaxRequests);
        // Blocks of a side are there before the WAL behind them is retired. Replay finds their records again, which are equal, in a head whose blocks shall not
        // stand for the same segments.
        var signalOf = options.Wal.Signal;
        var covered = services.Catalog.Current.All.Where(b => b.Signal == signalOf).Select(static b => b.LastSegment).DefaultIfEmpty().Max();
        var first = Math.Max(services.Catalog.Retired(signalOf).ThroughSegment, covered) + 1;
        _generations = HeadGeneration<THead>.Begin(signal, previous: null, first, walBytesBefore: 0);
        _hasSide = _generations.Length > 1;
        _flusher = new HeadFlusher<THead>(this, options, signal, services, _requests);
        _flushed = new FlushedBlocks(services.Catalog, services.Quarantine, signalOf, options.MaxFlushedBlocks);
        options.Memory?.Add(() => SizeBytes);
    }

    /// <summary>
    /// The decision lock. Appends hold it while they decide and apply; readers may take it for moments to copy references out of the head
    /// that takes appends. No I/O, no waiting while holding it.
    /// </summary>
    public Lock Gate { get; } = new();

    /// <summary>How far replay is.</summary>
    public RecoveryState Recovery => _replay.Snapshot(_recovered.Task.IsCompletedSuccessfully);

    /// <summary>Memory of all generations that the store itself still holds.</summary>
    public long SizeBytes
    {
        get
        {
            var bytes = 0L;
            foreach (var generation in Volatile.Read(ref _generations))
                bytes += generation.Head.SizeBytes;
            return bytes;
        }
    }

    /// <summary>What is not in blocks yet, and how flushing goes.</summary>
    public HeadStatus Status => _flusher.Describe(Math.Max(0, Volatile.Read(ref _generations).Length - LiveCount));

    /// <summary>Whether the side of the head that takes appends holds something.</summary>
    public bool HasSideItems => Side is { } side && !side.Head.IsEmpty;

    /// <summary>Unreadable stretches of the WAL that replay set aside.</summary>
    public long CorruptionCount => _replay.Quarantined;

    internal WriteAheadLog Wal => _wal ?? throw new InvalidOperationException("The store has not replayed its WAL yet.");

    /// <summary>Whether the generations together hold more than may be: appends are refused, and replay waits for blocks.</summary>
    internal bool IsOverfull => _options.WhyOverfull(SizeBytes) is not null;

    /// <summary>Completes when replay is done and appends are taken.</summary>
    public Task WhenRecoveredAsync(CancellationToken cancellationToken) => _recovered.Task.WaitAsync(cancellationToken);

    /// <summary>
    /// To be called before <see cref="Pin"/> by whoever reads the closed range of times. What the WAL still holds may lie anywhere in it, late
    /// rows too; a range that it cannot reach into is answered at once.
    /// </summary>
    /// <exception cref="SourceNotReadyException">Rows of the range may not be replayed yet.</exception>
    public void RequireReplayed(long minTime, long maxTime) => _replay.Require(minTime, maxTime);

    /// <summary>As <see cref="RequireReplayed(long, long)"/>, for a range without its end.</summary>
    /// <exception cref="SourceNotReadyException">Rows of the range may not be replayed yet.</exception>
    public void RequireReplayedBefore(long minTime, long endTime)
    {
        if (endTime > minTime)
            _replay.Require(minTime, endTime - 1);
    }

    /// <summary>As <see cref="RequireReplayed(long, long)"/>, for what has no time.</summary>
    /// <exception cref="SourceNotReadyException">Not everything is replayed yet.</exception>
    public void RequireReplayed() => _replay.RequireAll();

    /// <summary>Replays the WAL into the head on a thread of its own, then takes appends and starts flushing. Call once.</summary>
    public async Task RecoverAsync(CancellationToken cancellationToken)
    {
        var signal = _options.Wal.Signal;
        var start = _services.Time.GetTimestamp();
        var saved = await _services.Metastore.GetAsync(HeadFlusher<THead>.RequestScope, signal.ToString(), cancellationToken);
        _requests.Load(saved is null ? default : saved.Value.Span);
        var carried = await _services.Metastore.GetAsync(HeadFlusher<THead>.CarriedScope, signal.ToString(), cancellationToken);
        if (carried is not null)
        {
            lock (Gate)
                _signal.LoadCarried(_generations[0].Head, carried.Value.Span);
        }

        var replay = await RunApartAsync(
            () => new WalReplay(
                _services.Disk, _options.Wal, _services.Catalog.Retired(signal), ReplayOne, _replay.Report, _services.Events, cancellationToken),
            cancellationToken);
        _replay.Report(new WalReplayProgress(0, 0, replay.BytesTotal));
        _replay.Begin(await RunApartAsync(replay.Survey, cancellationToken));
        while (await RunApartAsync(replay.TryReplaySegment, cancellationToken))
        {
            _replay.Frontier.Pass(replay.LastSegment);
            await MakeRoomAsync(replay, cancellationToken);
        }

        var result = replay.Result;
        lock (Gate)
        {
            var active = _generations[0];
            active.Extend(Math.Max(active.LastSegment, result.Start.NextSegment - 1));
            active.WalBytesBefore = active.WalBytesBefore - result.Bytes;
            _wal = new WriteAheadLog(_services.Disk, _options.Wal, result.Start, _services.Time, _services.Events);
        }

        var duration = _services.Time.GetElapsedTime(start);
        _replay.End(result, duration);
        _services.Events.Recovered(signal, result.Records, result.Bytes, duration);
        _recovered.SetResult();
        _flusher.Start();
    }

    /// <summary>
    /// Appends a batch: known request → its outcome; not writable → unavailable; else decide and apply under the lock, encode and compress
    /// outside it, and return when the record, and everything the decision built on, is durable. The batch is read before this returns
    /// its task. Cancellation stops the waiting, not the append.
    /// </summary>
    public async ValueTask<AppendResult> AppendAsync<TStep, TBatch>(
        AppendContext context, TBatch batch, TStep step, CancellationToken cancellationToken)
        where TStep : IAppendStep<THead, TBatch>
    {
        var decision = Decide(context, batch, step);
        if (decision.Refused is { } refused)
            return AppendResult.Unavailable(refused, _options.RetryAfter);
        if (await Wal.WhenDurableAsync(decision.Barrier, cancellationToken) == WalDurability.Unavailable)
        {
            Wal.TryCheckWritable(out var reason);
            return AppendResult.Unavailable(reason ?? "the write-ahead log could not be written", _options.RetryAfter);
        }

        if (!decision.IsResend)
        {
            await _flusher.WhenRoomAsync(cancellationToken);
            return new AppendResult
            {
                Accepted = decision.Outcome.Accepted,
                Duplicates = decision.Outcome.Duplicates,
                Histograms = decision.Outcome.Histograms,
                Exemplars = decision.Outcome.Exemplars,
                Refusals = decision.Outcome.Refusals,
            };
        }

        // Gone from the table while this waited: the first copy came to nothing, so this one may not count on it.
        var stands = _requests.TryFind(context.RequestHash.GetValueOrDefault(), NowUnixMs(), out var sequence, out var notTaken)
            && sequence == decision.Barrier;
        return stands
            ? new AppendResult { Status = AppendStatus.Duplicate, Refusals = notTaken is null ? [] : [notTaken] }
            : AppendResult.Unavailable("the first copy of this request could not be written", _options.RetryAfter);
    }

    /// <summary>What a query reads. Dispose it as soon as the query is over.</summary>
    public StoreView<THead> Pin()
    {
        lock (_services.Catalog.PublishGate)
            return new StoreView<THead>(_generations, _services.Catalog.PinLocked());
    }

    /// <summary>Asks for a flush soon, as when memory runs short elsewhere.</summary>
    public void RequestFlush() => _flusher.Request();

    /// <summary>
    /// Turns everything taken so far into blocks and returns when they are committed; retries until then or until cancelled, which leaves
    /// the rest in the WAL. Appends that come meanwhile go to a new head.
    /// </summary>
    public Task FlushAllAsync(CancellationToken cancellationToken) => _flusher.FlushAllAsync(cancellationToken);

    /// <summary>Ends flush loop and WAL and lets go of the heads; what views still hold goes with them. Flushes nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        await _flusher.DisposeAsync();
        if (_wal is not null)
            await _wal.DisposeAsync();
        HeadGeneration<THead>[] left;
        lock (Gate)
        {
            // The WAL refuses by now, so no append begins; under the lock none is still looking at a head.
            lock (_services.Catalog.PublishGate)
            {
                left = _generations;
                _generations = [];
            }
        }

        foreach (var generation in left)
            generation.Release();
    }

    /// <summary>Brings the figure of blocks that wait to be merged up to date.</summary>
    internal void CountFlushed()
    {
        lock (Gate)
            _flushed.Refresh();
    }

    /// <summary>The generation that takes appends.</summary>
    internal HeadGeneration<THead> Active => Volatile.Read(ref _generations)[0];

    /// <summary>The oldest generation that waits to become blocks, or null.</summary>
    internal HeadGeneration<THead>? OldestFrozen => Volatile.Read(ref _generations) is var all && all.Length > LiveCount ? all[^1] : null;

    /// <summary>The side of the generation that takes appends, or null.</summary>
    internal HeadGeneration<THead>? Side => _hasSide ? Volatile.Read(ref _generations)[1] : null;

    /// <summary>Memory of the head that takes appends and its side.</summary>
    internal long LiveBytes => Active.Head.SizeBytes + (Side?.Head.SizeBytes ?? 0);

    /// <summary>Whether nothing was taken since the last freeze.</summary>
    internal bool IsLiveEmpty => Active.Head.IsEmpty && (Side?.Head.IsEmpty ?? true);

    private int LiveCount => _hasSide ? 2 : 1;

    /// <summary>Closes the active generation and its WAL segment and begins others. Does nothing when it holds nothing.</summary>
    internal void Freeze()
    {
        lock (Gate)
        {
            var active = _generations[0];
            if (IsLiveEmpty && !active.IsAheadOfWal)
                return;
            Freeze(Wal.CutSegment(), Wal.LastReservedSequence, Wal.WrittenBytes);
        }
    }

    /// <summary>
    /// Closes the side of the active generation, which then becomes blocks by itself, and its WAL segment, and begins another. Does nothing when it
    /// holds nothing, or when the active one has to become blocks first.
    /// </summary>
    internal void FreezeSide()
    {
        lock (Gate)
        {
            var active = _generations[0];
            if (Side is not { } side || side.Head.IsEmpty || active.IsAheadOfWal)
                return;
            var lastSegment = Wal.CutSegment();
            side.Extend(lastSegment);
            side.LastSequence = Wal.LastReservedSequence;
            active.BeginAfter(lastSegment);
            var next = new HeadGeneration<THead>(_signal.CreateSide(active.Head)!, active);
            lock (_services.Catalog.PublishGate)
                Volatile.Write(ref _generations, [active, next, .. _generations.AsSpan(1)]);
        }
    }

    /// <summary>Takes a flushed generation out of the views. Runs under the catalog's publish gate.</summary>
    internal void Remove(HeadGeneration<THead> flushed) =>
        Volatile.Write(ref _generations, [.. _generations.Where(g => !ReferenceEquals(g, flushed))]);

    /// <summary>As <see cref="WriteAheadLog.WhenDurableAsync"/>; what was replayed is durable, for that is where it came from.</summary>
    internal ValueTask<WalDurability> WhenDurableAsync(long sequence, CancellationToken cancellationToken) =>
        _wal is null ? ValueTask.FromResult(WalDurability.Durable) : _wal.WhenDurableAsync(sequence, cancellationToken);

    /// <summary>As <see cref="WriteAheadLog.RetireThrough"/>, also during replay.</summary>
    internal void RetireThrough(long segment)
    {
        if (_wal is null)
            WalFiles.DeleteThrough(_services.Disk, _options.Wal, segment, _services.Events);
        else
            _wal.RetireThrough(segment);
    }

    internal long NowUnixMs() => _services.Time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Puts empty heads in front. Under the decision lock.</summary>
    private void Freeze(long lastSegment, long lastSequence, long walBytesBefore)
    {
        var live = _generations.AsSpan(0, LiveCount);
        foreach (var generation in live)
        {
            generation.Extend(lastSegment);
            generation.LastSequence = lastSequence;
        }

        // A side that holds nothing would only be a flush of nothing.
        var unused = Side is { } side && side.Head.IsEmpty ? side : null;
        HeadGeneration<THead>[] frozen = [.. _generations.Where(g => !ReferenceEquals(g, unused))];
        HeadGeneration<THead>[] next = HeadGeneration<THead>.Begin(_signal, live[0].Head, lastSegment + 1, walBytesBefore);
        lock (_services.Catalog.PublishGate)
            Volatile.Write(ref _generations, [.. next, .. frozen]);
        unused?.Release();
    }

    private AppendDecision Decide<TStep, TBatch>(AppendContext context, TBatch batch, TStep step)
        where TStep : IAppendStep<THead, TBatch>
    {
        var hint = step.EstimatePayloadBytes(batch);
        var nowUnixMs = NowUnixMs();
        using var payload = new PooledBufferWriter(WalFormat.MaxRawLength, Math.Clamp(hint, 256, MaxFirstPayloadBytes));
        WalTicket ticket;
        AppendOutcome outcome;
        HeadGeneration<THead> generation;
        lock (Gate)
        {
            if (_wal is null)
                return new AppendDecision { Refused = "the store is still replaying its write-ahead log" };
            if (context.RequestHash is { } request && _requests.TryFind(request, nowUnixMs, out var first))
                return new AppendDecision { IsResend = true, Barrier = first };
            var reason = WhyRefused() ?? _flushed.WhyFull(context.Tenant)
                ?? step.WhyUnavailable(_generations[0].Head, _generations.AsSpan(LiveCount), context.Tenant, batch);
            if (reason is not null)
                return new AppendDecision { Refused = reason };
            ticket = _wal.Reserve(hint);
            generation = _generations[0];
            outcome = Apply(context, batch, step, ticket, nowUnixMs, payload);
        }

        if (payload.Length > 0)
        {
            // The record cannot say what was refused, so replay shall not know the request and a resend is decided anew.
            var recorded = outcome.Refusals.Count == 0 ? context.RequestHash : null;
            Complete(context, recorded, generation, ticket, nowUnixMs, outcome.Times, payload.WrittenSpan);
        }

        // A request of nothing but duplicates has no record of its own, but its number comes after all that it was compared with.
        return new AppendDecision { Outcome = outcome, Barrier = ticket.Sequence };
    }

    private AppendOutcome Apply<TStep, TBatch>(
        AppendContext context, TBatch batch, TStep step, WalTicket ticket, long nowUnixMs, PooledBufferWriter payload)
        where TStep : IAppendStep<THead, TBatch>
    {
        var generations = _generations;
        var active = generations[0];
        active.Extend(ticket.Segment);
        var applied = false;
        AppendOutcome outcome;
        try
        {
            var scope = new AppendScope<THead>
            {
                Head = active.Head,
                Frozen = generations.AsSpan(LiveCount),
                Tenant = context.Tenant,
                Segment = ticket.Segment,
                ReceivedUnixMs = nowUnixMs,
                Payload = payload,
            };
            outcome = step.Apply(in scope, batch);
            applied = true;
        }
        finally
        {
            if (!applied)
                HoldUntilInBlocks(active, ticket);
        }

        if (payload.Length == 0)
        {
            Wal.Abandon(ticket, headUnchanged: true);
            return outcome;
        }

        if (active.CreatedUnixMs == 0)
            active.CreatedUnixMs = nowUnixMs;
        if (context.RequestHash is { } request)
            _requests.Add(request, ticket.Sequence, nowUnixMs, outcome.Refusals);
        return outcome;
    }

    private void Complete(
        AppendContext context,
        Hash128? recordedHash,
        HeadGeneration<THead> generation,
        WalTicket ticket,
        long nowUnixMs,
        RecordTimes times,
        ReadOnlySpan<byte> payload)
    {
        var completed = false;
        try
        {
            Wal.Complete(ticket, context.Tenant, recordedHash, nowUnixMs, times, payload);
            completed = true;
        }
        finally
        {
            if (!completed)
            {
                if (context.RequestHash is { } request)
                    _requests.Remove(request, ticket.Sequence);
                lock (Gate)
                    HoldUntilInBlocks(generation, ticket);
            }
        }
    }

    /// <summary>
    /// The head may have what the WAL will not have. Records decided since then may build on it (duplicates, dictionaries), so they do not
    /// count as durable, and no others are taken, until blocks hold all of it: the next look of the flusher finds it due.
    /// </summary>
    private void HoldUntilInBlocks(HeadGeneration<THead> generation, WalTicket ticket)
    {
        if (!generation.TryHold(ticket))
            Wal.Abandon(ticket, headUnchanged: true);
    }

    private string? WhyRefused()
    {
        if (!Wal.TryCheckWritable(out var reason))
            return reason;
        foreach (var generation in _generations)
        {
            if (generation.IsAheadOfWal)
                return "an append failed halfway; others are taken again when what it left in memory is in blocks";
        }

        if (_options.WhyOverfull(SizeBytes) is not { } full)
            return null;
        StorageInstruments.FullRefusals.Add(1, StorageInstruments.Tag(_options.Wal.Signal));
        return full;
    }

    private void ReplayOne(in WalRecord record)
    {
        _replay.Reach(record.Segment);
        lock (Gate)
        {
            var active = _generations[0];
            active.Extend(record.Segment);
            active.Head.Replay(in record);
            active.LastSequence = record.Sequence;
            if (active.CreatedUnixMs == 0)
                active.CreatedUnixMs = record.ReceivedUnixMs;
        }

        if (record.RequestHash is { } request)
            _requests.Add(request, record.Sequence, record.ReceivedUnixMs);
    }

    /// <summary>
    /// A WAL may hold more than memory shall: limits were lowered, or flushes failed for long before the stop. So a head that is large
    /// enough becomes blocks between two segments. If those cannot be written now, replay goes on for as long as memory allows.
    /// </summary>
    private async Task MakeRoomAsync(WalReplay replay, CancellationToken cancellationToken)
    {
        if (IsLiveEmpty || LiveBytes < _options.FlushHeadBytes)
            return;
        lock (Gate)
            Freeze(replay.LastSegment, Active.LastSequence, replay.BytesDone);

        await _flusher.FlushReplayedAsync(cancellationToken);
    }

    private static Task<T> RunApartAsync<T>(Func<T> run, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(run, cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
