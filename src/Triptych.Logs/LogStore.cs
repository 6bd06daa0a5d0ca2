using Triptych.Columnar;
using Triptych.Columnar.Parquet;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.Logs.Block;
using Triptych.Logs.Head;
using Triptych.Logs.Patterns;
using Triptych.Logs.Scan;
using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Model.Labels;
using Triptych.Model.Logs;
using Triptych.Primitives.Memory;
using Triptych.Storage.Blocks;
using Triptych.Storage.Catalog;
using Triptych.Storage.Heads;

namespace Triptych.Logs;

/// <summary>
/// The logs store. In: batches of log records, acknowledged when durable. Out: scans over heads and blocks. Life: construct →
/// <see cref="RecoverAsync"/> → use → <see cref="FlushAllAsync"/> on SIGTERM → dispose.
/// Owns its heads and their slabs; not the storage services. Any thread may call. docs/formats/logs-block.md, docs/adr/0001.
/// </summary>
public sealed class LogStore : ILogAppender, ILogSource, IAsyncDisposable
{
    // Of a stream that a look-up has met: a slot of a set; and one that it found: an array and a node of a tree.
    private const long EntryBytes = 24;
    private const long FoundBytes = 96;

    // As many as Loki keeps of a stream.
    private const int MaxPatterns = 300;

    private readonly SlabPool _slabs;
    private readonly HeadKeeper<LogHead> _keeper;
    private readonly LogAppend _append;
    private readonly OpenBlocks<LogBlock> _blocks;
    private readonly DamagedBlocks _damaged;

    /// <summary>Makes the store; touches no file.</summary>
    /// <param name="options">What it may take and hold.</param>
    /// <param name="heads">When heads become blocks.</param>
    /// <param name="storage">What it stands on.</param>
    public LogStore(LogStoreOptions options, HeadOptions heads, StorageServices storage)
    {
        var budget = MemoryBudget.Unlimited("logs head");
        _slabs = new SlabPool(budget);
        _keeper = new HeadKeeper<LogHead>(heads, new LogHeads(_slabs, budget), storage);
        _append = new LogAppend(options.MaxAge, options.MaxFuture);
        _blocks = new OpenBlocks<LogBlock>((block, token) => LogBlock.OpenAsync(storage.Objects, block, token), options.OpenBlockBytes);
        _damaged = new DamagedBlocks(Signal.Logs, storage.Quarantine);
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

    /// <summary>Turns everything taken so far into blocks.</summary>
    public Task FlushAllAsync(CancellationToken cancellationToken) => _keeper.FlushAllAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<AppendResult> AppendAsync(AppendContext context, LogBatch batch, CancellationToken cancellationToken) =>
        _keeper.AppendAsync(context, batch, _append, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IRowScan> OpenAsync(RowScanRequest request, CancellationToken cancellationToken) =>
        await OpenAsync(request, new ScanStatistics(), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<byte[]>> StreamsAsync(
        StreamLookup lookup, ScanStatistics statistics, CancellationToken cancellationToken)
    {
        var symbols = new SymbolTable();
        using var charge = new ScanCharge(lookup.Budget);
        var foundBytes = 0L;
        var found = new SortedDictionary<byte[], bool>(Comparer<byte[]>.Create(static (a, b) => a.AsSpan().SequenceCompareTo(b)));
        IReadOnlyList<IReadOnlyList<LabelMatcher>> selectors = lookup.Selectors.Count == 0 ? [[]] : lookup.Selectors;
        foreach (var matchers in selectors)
        {
            var request = new RowScanRequest
            {
                Tenant = lookup.Tenant,
                Matchers = matchers,
                MinTimeUnixNanos = lookup.MinTimeUnixNanos,
                MaxTimeUnixNanos = lookup.MaxTimeUnixNanos,
                Symbols = symbols,
                Budget = lookup.Budget,
                Projection = [LogColumns.Stream],
                Fold = new RowFold(default) { KeepsRepeats = true },
            };
            await using var scan = await OpenAsync(request, statistics, cancellationToken);
            var met = new HashSet<long>();
            while (await scan.NextAsync(cancellationToken) is { } batch)
            {
                foreach (var stream in batch.Column<Int64Column>(0).Values) met.Add(stream);
                charge.Set(symbols.SizeBytes + (met.Count * EntryBytes) + foundBytes);
            }

            foreach (var stream in met)
            {
                var key = KeyOf(scan.Streams.LabelsOf((int)stream), symbols);
                if (!found.TryAdd(key, true)) continue;
                foundBytes += FoundBytes + key.Length;
                charge.Set(symbols.SizeBytes + (met.Count * EntryBytes) + foundBytes);
            }
        }

        return [.. found.Keys];
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<LogPattern>> PatternsAsync(
        PatternLookup lookup, ScanStatistics statistics, CancellationToken cancellationToken)
    {
        lookup = PatternSection.InWholeSteps(lookup);
        var request = new RowScanRequest
        {
            Tenant = lookup.Tenant,
            Matchers = lookup.Matchers,
            MinTimeUnixNanos = lookup.MinTimeUnixNanos,
            MaxTimeUnixNanos = lookup.MaxTimeUnixNanos,
            Symbols = new SymbolTable(),
            Budget = lookup.Budget,
            Projection = [LogColumns.TimeUnixNanos, LogColumns.Level, LogColumns.Line],
        };
        using var miner = new PatternMiner(lookup.Budget);
        await using var scan = await OpenAsync(request, statistics, cancellationToken);
        await scan.LeaveAsync(slice => slice.TryAddPatternsAsync(miner, lookup, statistics, cancellationToken), cancellationToken);
        while (await scan.NextAsync(cancellationToken) is { } batch)
        {
            var times = batch.Column<Int64Column>(0);
            var levels = batch.Column<SymbolColumn>(1);
            var lines = batch.Column<BytesColumn>(2);
            for (var i = 0; i < batch.RowCount; i++)
            {
                var time = PatternSection.StartOf(PatternSection.StepOf(times[i], PatternSection.StepNanos), PatternSection.StepNanos);
                miner.Add(lines[i], request.Symbols.GetString(levels[i]), PatternSection.StepOf(time, lookup.StepNanos));
            }
        }

        return miner.Finish(lookup.StepNanos, MaxPatterns);
    }

    /// <summary>What a scan would read at most.</summary>
    /// <param name="request">The scan.</param>
    /// <param name="maxOpened">Blocks that are opened for it; of others only the catalog is asked.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="SourceNotReadyException">Rows of the range may not be replayed yet.</exception>
    public async ValueTask<ScanPrice> PriceAsync(RowScanRequest request, int maxOpened, CancellationToken cancellationToken)
    {
        var price = new ScanPrice();
        if (request.MinTimeUnixNanos >= request.MaxTimeUnixNanos) return price;
        _keeper.RequireReplayedBefore(request.MinTimeUnixNanos, request.MaxTimeUnixNanos);
        using var view = _keeper.Pin();
        var blocks = view.Catalog.BlocksIn(request.Tenant, Signal.Logs, request.MinTimeUnixNanos, request.MaxTimeUnixNanos - 1);
        foreach (var meta in blocks.OrderByDescending(b => b.MaxTime))
        {
            var block = maxOpened-- > 0 ? await TryGetBlockAsync(meta, new ScanStatistics(), cancellationToken) : null;
            price += block is null ? ScanPrice.Unopened(meta.SizeBytes, meta.Rows) : await LogPrice.OfAsync(block, request, cancellationToken);
        }

        foreach (var generation in view.Generations.ToArray()) price += LogPrice.Of(generation.Head, request);
        return price;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _keeper.DisposeAsync();
        _slabs.Dispose();
    }

    private async ValueTask<LogScan> OpenAsync(
        RowScanRequest request, ScanStatistics statistics, CancellationToken cancellationToken)
    {
        _keeper.RequireReplayedBefore(request.MinTimeUnixNanos, request.MaxTimeUnixNanos);
        var view = _keeper.Pin();
        try
        {
            var slices = new List<LogSlice>();
            foreach (var source in await SourcesAsync(view, request, statistics, cancellationToken))
            {
                slices.AddRange(source.Open(request));
            }

            return new LogScan(request, view, slices, _damaged, statistics, cancellationToken);
        }
        catch
        {
            view.Dispose();
            throw;
        }
    }

    private async ValueTask<IReadOnlyList<LogSource>> SourcesAsync(
        StoreView<LogHead> view, RowScanRequest request, ScanStatistics statistics, CancellationToken cancellationToken)
    {
        // From the oldest to the newest: of equal records the one that was acknowledged first stands.
        var sources = new List<LogSource>();
        var (min, max) = (request.MinTimeUnixNanos, request.MaxTimeUnixNanos);
        if (max == long.MinValue) return sources;
        foreach (var meta in view.Catalog.BlocksIn(request.Tenant, Signal.Logs, min, max - 1).OrderBy(b => b.LastSegment))
        {
            if (await TryGetBlockAsync(meta, statistics, cancellationToken) is { } block) sources.Add(new BlockSource(sources.Count, block));
        }

        foreach (var generation in view.Generations.ToArray().Reverse())
        {
            if (generation.Head.MinTime >= request.MaxTimeUnixNanos || generation.Head.MaxTime < request.MinTimeUnixNanos) continue;
            sources.Add(new HeadSource(sources.Count, generation.Head, request.Tenant));
        }

        return sources;
    }

    /// <summary>Opens a block; null where it is damaged or set aside, which is a warning then.</summary>
    private async ValueTask<LogBlock?> TryGetBlockAsync(BlockMeta meta, ScanStatistics statistics, CancellationToken cancellationToken)
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

    private static byte[] KeyOf(ReadOnlySpan<LabelId> labels, SymbolTable symbols)
    {
        var writer = new LabelSetWriter();
        foreach (var label in labels) writer.Add(symbols.GetUtf8(label.Name), symbols.GetUtf8(label.Value));
        writer.TryFinish(out var canonical);
        return canonical.ToArray();
    }
}
