using Triptych.Columnar;
using Triptych.Columnar.Parquet;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Model.Traces;
using Triptych.Primitives.Memory;
using Triptych.Storage.Blocks;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;
using Triptych.Storage.Heads;
using Triptych.Storage.References;
using Triptych.Traces.Block;
using Triptych.Traces.Head;
using Triptych.Traces.Sampling;
using Triptych.Traces.Scan;

namespace Triptych.Traces;

/// <summary>
/// The traces store. In: batches of spans, acknowledged when durable. Out: scans over heads and blocks. Life: construct → <see cref="RecoverAsync"/> → use → <see cref="FlushAllAsync"/> on SIGTERM → dispose.
/// Owns its heads and their slabs; not the storage services. Any thread may call. docs/formats/traces-block.md, docs/adr/0001.
/// </summary>
public sealed class TraceStore : ISpanAppender, ISpanSource, IAsyncDisposable
{
    private const string SampledInfo = "traces of this time were sampled: what is counted of them is too low (metrics made of spans as they came in are not)";

    private readonly SlabPool _slabs;
    private readonly HeadKeeper<TraceHead> _keeper;
    private readonly TraceAppend _append;
    private readonly OpenBlocks<TraceBlock> _blocks;
    private readonly DamagedBlocks _damaged;

    /// <summary>Makes the store; touches no file.</summary>
    /// <param name="options">What it may take and hold.</param>
    /// <param name="heads">When heads become blocks.</param>
    /// <param name="storage">What it stands on.</param>
    /// <param name="derivation">What is counted from spans as they are taken, for this store alone; null for nothing.</param>
    public TraceStore(TraceStoreOptions options, HeadOptions heads, StorageServices storage, ISpanDerivation? derivation = null)
    {
        var budget = MemoryBudget.Unlimited("traces head");
        _slabs = new SlabPool(budget);
        _keeper = new HeadKeeper<TraceHead>(heads, new TraceHeads(_slabs, budget, derivation), storage);
        _append = new TraceAppend(new TimeWindow(options.MaxAge, options.MaxFuture), derivation);
        _blocks = new OpenBlocks<TraceBlock>((block, token) => TraceBlock.OpenAsync(storage.Objects, block, token), options.OpenBlockBytes);
        _damaged = new DamagedBlocks(Signal.Traces, storage.Quarantine);
    }

    /// <summary>How far replay is.</summary>
    public RecoveryState Recovery => _keeper.Recovery;

    /// <summary>Unreadable stretches of the write-ahead log that replay set aside.</summary>
    public long CorruptionCount => _keeper.CorruptionCount;

    /// <summary>Memory of the heads, in bytes.</summary>
    public long HeadBytes => _keeper.SizeBytes;

    /// <summary>What is not in blocks yet, and how flushing goes.</summary>
    public HeadStatus HeadStatus => _keeper.Status;

    /// <summary>Memory of footers and indexes of open blocks, and what they may take, in bytes.</summary>
    public (long SizeBytes, long LimitBytes) OpenBlocks => (_blocks.SizeBytes, _blocks.LimitBytes);

    /// <summary>Replays the WAL, then takes appends.</summary>
    public Task RecoverAsync(CancellationToken cancellationToken) => _keeper.RecoverAsync(cancellationToken);

    /// <summary>
    /// Looks at what was counted from spans while none is, and returns when all spans that were taken before are durable; false where they cannot become so
    /// just now.
    /// </summary>
    public ValueTask<bool> ObserveAsync(Action look, CancellationToken cancellationToken) => _keeper.ObserveAsync(look, cancellationToken);

    /// <summary>Turns everything taken so far into blocks.</summary>
    public Task FlushAllAsync(CancellationToken cancellationToken) => _keeper.FlushAllAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<AppendResult> AppendAsync(AppendContext context, SpanBatch batch, CancellationToken cancellationToken) =>
        _keeper.AppendAsync(context, batch, _append, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IRowScan> OpenAsync(RowScanRequest request, CancellationToken cancellationToken) =>
        OpenAsync(request, new ScanStatistics(), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<string>> AttributeNamesAsync(
        AttributeLookup lookup, ScanStatistics statistics, CancellationToken cancellationToken)
    {
        using var names = new AttributeNames(lookup.Scope, lookup.Budget);
        var request = new RowScanRequest
        {
            Tenant = lookup.Tenant,
            MinTimeUnixNanos = lookup.MinUnixNanos,
            MaxTimeUnixNanos = lookup.MaxUnixNanos,
            Symbols = new SymbolTable(),
            Budget = lookup.Budget,
            Projection = [AttributeNames.ColumnOf(lookup.Scope)],
        };
        await using var scan = await OpenAsync(request, statistics, cancellationToken);
        while (await scan.NextAsync(cancellationToken) is { } batch) names.Add(batch);
        return names.ToList();
    }

    /// <summary>
    /// Marks those ids of which spans lie in heads, or with a start in [minUnixNanos, maxUnixNanos] in blocks beside the job's inputs. Null, or why that
    /// cannot be told now.
    /// </summary>
    internal async ValueTask<string?> MarkElsewhereAsync(
        MergeJob job, TraceIdSet ids, long minUnixNanos, long maxUnixNanos, CancellationToken cancellationToken)
    {
        if (!_keeper.Recovery.IsComplete) return "the write-ahead log is being replayed";
        using var view = _keeper.Pin();
        return await TraceElsewhere.MarkAsync(view, job, ids, minUnixNanos, maxUnixNanos, _blocks, _damaged, cancellationToken);
    }

    /// <summary>What a scan would read at most.</summary>
    /// <param name="request">The scan.</param>
    /// <param name="maxOpened">Blocks that are opened for it; of others only the catalog is asked.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="SourceNotReadyException">Rows of the range may not be replayed yet.</exception>
    public async ValueTask<ScanPrice> PriceAsync(RowScanRequest request, int maxOpened, CancellationToken cancellationToken)
    {
        var price = new ScanPrice();
        var (min, max) = (request.MinTimeUnixNanos, request.MaxTimeUnixNanos);
        if (min >= max) return price;
        using var plan = new ScanPlan(request, new ScanStatistics());
        _keeper.RequireReplayedBefore(min, max);
        using var view = _keeper.Pin();
        foreach (var meta in view.Catalog.BlocksIn(request.Tenant, Signal.Traces, min, max - 1).OrderByDescending(b => b.MaxTime))
        {
            if (maxOpened-- <= 0 || await TryGetBlockAsync(meta, plan.Statistics, cancellationToken) is not { } block)
            {
                price += ScanPrice.Unopened(meta.SizeBytes, meta.Rows);
                continue;
            }

            var (spans, bytes) = (0L, 0L);
            foreach (var unit in block.Units(plan).OfType<BlockUnit>())
            {
                var (ownSpans, ownBytes) = await unit.PriceAsync(plan, cancellationToken);
                (spans, bytes) = (spans + ownSpans, bytes + ownBytes);
            }

            if (spans > 0) price += new ScanPrice { Blocks = 1, BlockBytes = meta.SizeBytes, ReadBytes = bytes, Rows = spans };
        }

        foreach (var generation in view.Generations)
        {
            var head = generation.Head;
            if (head.MinTime >= max || head.MaxTime < min) continue;
            lock (head.Gate) price += new ScanPrice { MemoryRows = head.Find(request.Tenant)?.Count ?? 0 };
        }

        return price;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _keeper.DisposeAsync();
        _slabs.Dispose();
    }

    private async ValueTask<IRowScan> OpenAsync(
        RowScanRequest request, ScanStatistics statistics, CancellationToken cancellationToken)
    {
        if (request.Matchers.Count > 0) throw new ArgumentException("Spans have no streams to match.", nameof(request));
        var plan = new ScanPlan(request, statistics);
        StoreView<TraceHead>? view = null;
        try
        {
            _keeper.RequireReplayedBefore(request.MinTimeUnixNanos, request.MaxTimeUnixNanos);
            view = _keeper.Pin();
            var units = await UnitsAsync(view, plan, cancellationToken);
            if (plan.IdentityColumns > 0) await RepeatMarks.SetAsync(units, plan, cancellationToken);
            return new SpanScan(plan, view, units, _damaged);
        }
        catch
        {
            view?.Dispose();
            plan.Dispose();
            throw;
        }
    }

    private async ValueTask<List<SpanUnit>> UnitsAsync(StoreView<TraceHead> view, ScanPlan plan, CancellationToken cancellationToken)
    {
        var units = new List<SpanUnit>();
        var request = plan.Request;
        if (request.MinTimeUnixNanos >= request.MaxTimeUnixNanos) return units;
        foreach (var meta in view.Catalog.BlocksIn(request.Tenant, Signal.Traces, request.MinTimeUnixNanos, request.MaxTimeUnixNanos - 1))
        {
            if (await TryGetBlockAsync(meta, plan.Statistics, cancellationToken) is not { } block) continue;
            units.AddRange(block.Units(plan));
            if (block.Sampled is not null && !plan.Statistics.Infos.Contains(SampledInfo)) plan.Statistics.Infos.Add(SampledInfo);
        }

        foreach (var generation in view.Generations) AddHead(generation.Head, plan, units);
        return units;
    }

    /// <summary>Opens a block; null where it is damaged or set aside, which is a warning then.</summary>
    private async ValueTask<TraceBlock?> TryGetBlockAsync(BlockMeta meta, ScanStatistics statistics, CancellationToken cancellationToken)
    {
        if (await _damaged.IsSetAsideAsync(meta, statistics, cancellationToken)) return null;
        try
        {
            var block = await _blocks.GetAsync(meta, cancellationToken);
            statistics.BlocksRead++;
            return block;
        }
        catch (CorruptFileException e)
        {
            await _damaged.ReportAsync(meta, e, isPart: false, statistics, cancellationToken);
            return null;
        }
    }

    /// <summary>Copies references under the head's lock; rows are looked at later, outside of it.</summary>
    private static void AddHead(TraceHead head, ScanPlan plan, List<SpanUnit> units)
    {
        if (head.MinTime >= plan.Request.MaxTimeUnixNanos || head.MaxTime < plan.Request.MinTimeUnixNanos) return;
        using var traceRows = plan.TraceIds is null ? null : new NativeList<int>(plan.Budget);
        SpanView view;
        lock (head.Gate)
        {
            if (head.Find(plan.Request.Tenant) is not { } spans) return;
            view = spans.View();
            if (traceRows is not null)
            {
                foreach (var id in plan.SortedTraceIds) spans.AddRowsOf(id.Span, traceRows);
            }
        }

        traceRows?.Span.Sort();
        units.AddRange(new HeadSource(view, plan).Units(traceRows));
    }
}
