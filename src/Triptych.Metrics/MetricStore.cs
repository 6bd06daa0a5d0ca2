using Triptych.Columnar;
using Triptych.Columnar.Parquet;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Samples;
using Triptych.Columnar.Symbols;
using Triptych.Metrics.Block;
using Triptych.Metrics.Head;
using Triptych.Metrics.Scan;
using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;
using Triptych.Primitives.Memory;
using Triptych.Storage.Blocks;
using Triptych.Storage.Catalog;
using Triptych.Storage.Heads;

namespace Triptych.Metrics;

/// <summary>
/// The metrics store. In: batches of samples, acknowledged when durable. Out: scans over heads and blocks. Life: construct →
/// <see cref="RecoverAsync"/> → use → <see cref="FlushAllAsync"/> on SIGTERM → dispose.
/// Owns its heads and their slabs; not the storage services. Any thread may call. docs/formats/metrics-block.md, docs/adr/0001.
/// </summary>
public sealed class MetricStore : IMetricAppender, ISampleSource, IStoredSamples, IAsyncDisposable
{
    private readonly SlabPool _slabs;
    private readonly HeadKeeper<MetricHead> _keeper;
    private readonly MetricAppend _append;
    private readonly OverflowLedger _overflow;
    private readonly OpenBlocks<MetricBlock> _blocks;
    private readonly DamagedBlocks _damaged;

    /// <summary>Makes the store; touches no file.</summary>
    /// <param name="options">What it may take and hold.</param>
    /// <param name="heads">When heads become blocks.</param>
    /// <param name="storage">What it stands on.</param>
    public MetricStore(MetricStoreOptions options, HeadOptions heads, StorageServices storage)
    {
        var budget = MemoryBudget.Unlimited("metrics head");
        _slabs = new SlabPool(budget);
        _keeper = new HeadKeeper<MetricHead>(heads, new MetricHeads(_slabs, budget, options.MaxActiveSeries), storage);
        _overflow = new OverflowLedger(options.MaxOverflowBytes, storage.Events);
        _append = new MetricAppend(new TimeWindow(options.MaxAge, options.MaxFuture), _overflow);
        _blocks = new OpenBlocks<MetricBlock>(
            (block, token) => MetricBlock.OpenAsync(storage.Objects, block, token), options.OpenBlockBytes);
        _damaged = new DamagedBlocks(Signal.Metrics, storage.Quarantine);
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

    /// <summary>Whether series beyond a tenant's limit are in the head that takes appends.</summary>
    public bool HasOverflow => _keeper.HasSideItems;

    /// <summary>Tenants that have sent more series than they may have active, since the start.</summary>
    public IReadOnlyList<SeriesOverLimit> OverLimit => _overflow.Tenants;

    /// <summary>Replays the WAL, then takes appends.</summary>
    public Task RecoverAsync(CancellationToken cancellationToken) => _keeper.RecoverAsync(cancellationToken);

    /// <summary>Turns everything taken so far into blocks.</summary>
    public Task FlushAllAsync(CancellationToken cancellationToken) => _keeper.FlushAllAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<AppendResult> AppendAsync(AppendContext context, MetricBatch batch, CancellationToken cancellationToken) =>
        _keeper.AppendAsync(context, batch, _append, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ISampleScan> OpenAsync(SampleScanRequest request, CancellationToken cancellationToken) =>
        OpenAsync(request, new ScanStatistics(), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<string>> LabelNamesAsync(
        LabelLookup lookup, ScanStatistics statistics, CancellationToken cancellationToken)
    {
        using var texts = new TextSet(lookup.Budget);
        await ForEachSeriesAsync(lookup, texts, null, labels => AddNames(labels, texts), statistics, cancellationToken);
        return texts.ToSortedList();
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<string>> LabelValuesAsync(
        string labelName, LabelLookup lookup, ScanStatistics statistics, CancellationToken cancellationToken)
    {
        using var texts = new TextSet(lookup.Budget);
        await ForEachSeriesAsync(lookup, texts, [labelName], labels => AddValues(labels, texts), statistics, cancellationToken);
        return texts.ToSortedList();
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<MetricMetadata>> MetadataAsync(
        TenantId tenant, string? metricName, ScanStatistics statistics, CancellationToken cancellationToken)
    {
        _keeper.RequireReplayed();
        using var view = _keeper.Pin();
        var found = new List<MetricMetadata>();
        var seen = new HashSet<MetadataEntry>();
        foreach (var generation in view.Generations.ToArray())
        {
            lock (generation.Head.Gate)
            {
                foreach (var entry in generation.Head.Find(tenant)?.Metadata ?? []) Add(entry);
            }
        }

        foreach (var block in view.Catalog.Blocks(tenant, Signal.Metrics).OrderByDescending(b => b.LastSegment))
        {
            if (await TryGetBlockAsync(block, statistics, cancellationToken) is not { } open) continue;
            foreach (var entry in open.Metadata) Add(entry);
        }

        return found;

        void Add(MetadataEntry entry)
        {
            if (metricName is not null && entry.MetricName != metricName) return;
            if (seen.Add(entry)) found.Add(new MetricMetadata(entry.MetricName, entry.Type, entry.Unit, entry.Help));
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<SeriesExemplars>> ExemplarsAsync(
        LabelLookup lookup, ScanStatistics statistics, CancellationToken cancellationToken)
    {
        _keeper.RequireReplayed(lookup.MinTimeMs, lookup.MaxTimeMs);
        using var view = _keeper.Pin();
        using var found = new ExemplarCollection(lookup);
        foreach (var block in view.Catalog.Blocks(lookup.Tenant, Signal.Metrics).OrderBy(b => b.LastSegment))
        {
            if (await TryGetBlockAsync(block, statistics, cancellationToken) is { } open) found.Add(open);
        }

        foreach (var generation in view.Generations.ToArray().Reverse()) found.Add(generation.Head);
        return found.ToList();
    }

    /// <inheritdoc/>
    public async ValueTask<StoredSamples> DescribeAsync(TenantId tenant, ScanStatistics statistics, CancellationToken cancellationToken)
    {
        _keeper.RequireReplayed();
        using var view = _keeper.Pin();
        var (chunks, minMs, maxMs) = (0L, long.MaxValue, long.MinValue);
        foreach (var generation in view.Generations.ToArray())
        {
            lock (generation.Head.Gate)
            {
                if (generation.Head.Find(tenant) is not { } series) continue;
                var (ownChunks, ownMinMs, ownMaxMs) = series.Describe();
                (chunks, minMs, maxMs) = (chunks + ownChunks, Math.Min(minMs, ownMinMs), Math.Max(maxMs, ownMaxMs));
            }
        }

        var blocks = new List<StoredBlock>();
        foreach (var meta in view.Catalog.Blocks(tenant, Signal.Metrics).OrderBy(b => b.MinTime))
        {
            if (await TryGetBlockAsync(meta, statistics, cancellationToken) is not { } block) continue;
            blocks.Add(new StoredBlock(meta.Id, meta.Level, meta.MinTime, meta.MaxTime, meta.Rows, block.CountSamples()));
        }

        return new StoredSamples(chunks, minMs, maxMs, blocks);
    }

    /// <summary>What a scan would read at most.</summary>
    /// <param name="request">The scan.</param>
    /// <param name="maxOpened">Blocks that are opened for it; of others only the catalog is asked.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="SourceNotReadyException">Rows of the range may not be replayed yet.</exception>
    public async ValueTask<ScanPrice> PriceAsync(SampleScanRequest request, int maxOpened, CancellationToken cancellationToken)
    {
        _keeper.RequireReplayed(request.MinTimeMs, request.MaxTimeMs);
        using var view = _keeper.Pin();
        var price = new ScanPrice();
        foreach (var meta in view.Catalog.BlocksIn(request.Tenant, Signal.Metrics, request.MinTimeMs, request.MaxTimeMs).OrderByDescending(b => b.MaxTime))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var block = maxOpened-- > 0 ? await TryGetBlockAsync(meta, new ScanStatistics(), cancellationToken) : null;
            price += block is null ? ScanPrice.Unopened(meta.SizeBytes, 0) : MetricPrice.Of(block, request);
        }

        foreach (var generation in view.Generations.ToArray()) price += MetricPrice.Of(generation.Head, request, cancellationToken);
        return price;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _keeper.DisposeAsync();
        _slabs.Dispose();
    }

    private async ValueTask<ISampleScan> OpenAsync(
        SampleScanRequest request, ScanStatistics statistics, CancellationToken cancellationToken)
    {
        _keeper.RequireReplayed(request.MinTimeMs, request.MaxTimeMs);
        var view = _keeper.Pin();
        var blocks = new ScanCharge(request.Budget);
        try
        {
            var sources = await SourcesAsync(view, request, blocks, statistics, cancellationToken);
            return SampleScan.Open(request, view, sources, blocks, statistics);
        }
        catch
        {
            blocks.Dispose();
            view.Dispose();
            throw;
        }
    }

    private async ValueTask<IReadOnlyList<ScanSource>> SourcesAsync(
        StoreView<MetricHead> view, SampleScanRequest request, ScanCharge held, ScanStatistics statistics, CancellationToken cancellationToken)
    {
        // From the oldest to the newest: where two have a sample at the same time, what was acknowledged first stands.
        var sources = new List<ScanSource>();
        var heldBytes = 0L;
        var blocks = view.Catalog.BlocksIn(request.Tenant, Signal.Metrics, request.MinTimeMs, request.MaxTimeMs);
        foreach (var meta in blocks.OrderBy(b => b.LastSegment))
        {
            if (await TryGetBlockAsync(meta, statistics, cancellationToken) is not { } block) continue;

            // What a query holds is no more kept by others when it is more than may be kept: that part is the query's own.
            heldBytes += block.SizeBytes;
            held.Set(Math.Max(0, heldBytes - _blocks.LimitBytes));
            sources.Add(new BlockSource(block, _damaged, request));
        }

        foreach (var generation in view.Generations.ToArray().Reverse())
        {
            if (generation.Head.MinTime > request.MaxTimeMs || generation.Head.MaxTime < request.MinTimeMs) continue;
            sources.Add(new HeadSource(generation.Head, request));
        }

        return sources;
    }

    /// <summary>Opens a block; null where it is damaged or set aside, which is a warning then.</summary>
    private async ValueTask<MetricBlock?> TryGetBlockAsync(BlockMeta meta, ScanStatistics statistics, CancellationToken cancellationToken)
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

    private async ValueTask ForEachSeriesAsync(
        LabelLookup lookup, TextSet texts, IReadOnlyList<string>? labels, LabelsHandler onSeries, ScanStatistics statistics,
        CancellationToken cancellationToken)
    {
        IReadOnlyList<IReadOnlyList<LabelMatcher>> selectors = lookup.Selectors.Count == 0 ? [[]] : lookup.Selectors;
        foreach (var matchers in selectors)
        {
            var request = new SampleScanRequest
            {
                Tenant = lookup.Tenant,
                Matchers = matchers,
                MinTimeMs = lookup.MinTimeMs,
                MaxTimeMs = lookup.MaxTimeMs,
                Symbols = texts.Symbols,
                Labels = labels,
                SeriesOnly = true,
                Budget = lookup.Budget,
            };
            await using var scan = await OpenAsync(request, statistics, cancellationToken);
            while (await scan.NextAsync(cancellationToken) is { } batch)
            {
                for (var series = 0; series < batch.SeriesCount; series++) onSeries(batch.LabelsOf(series));
                texts.Charge();
            }
        }
    }

    private static void AddNames(ReadOnlySpan<LabelId> labels, TextSet names)
    {
        foreach (var label in labels) names.Add(label.Name);
    }

    private static void AddValues(ReadOnlySpan<LabelId> labels, TextSet values)
    {
        foreach (var label in labels) values.Add(label.Value);
    }

    private delegate void LabelsHandler(ReadOnlySpan<LabelId> labels);
}
