using Triptych.Metrics.Block;
using Triptych.Metrics.Head;
using Triptych.Metrics.Scan;
using Triptych.Model;
using Triptych.Model.Labels;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Memory;
using Triptych.Storage.Catalog;
using Triptych.Storage.Heads;
using Triptych.Storage.Index;

namespace Triptych.Metrics;

/// <summary>Makes heads of metrics and turns them into blocks, one for each tenant.</summary>
internal sealed class MetricHeads(SlabPool slabs, MemoryBudget budget, int maxActiveSeries) : ISignalHeads<MetricHead>
{
    private const int SeriesPerView = 1024;
    private const long NoRow = -1;

    // A row group waits in memory until it is whole.
    private const long RowGroupBytes = 32L * 1024 * 1024;

    // Once sums are kept, what is kept has to follow them, also to nothing.
    private bool _hasSaved;

    /// <inheritdoc/>
    public MetricHead Create(MetricHead? previous)
    {
        var head = new MetricHead(slabs, budget, maxSeries: maxActiveSeries);
        if (previous is not null) SavedSums.Carry(previous, head);
        return head;
    }

    /// <inheritdoc/>
    public MetricHead CreateSide(MetricHead main) => main.BeginSide();

    /// <inheritdoc/>
    public ReadOnlyMemory<byte>? SaveCarried(MetricHead frozen)
    {
        lock (frozen.Gate) _hasSaved |= frozen.WithSums.Any();
        if (!_hasSaved) return null;
        using var saved = new PooledBufferWriter();
        SavedSums.Write(frozen, saved);
        return saved.WrittenSpan.ToArray();
    }

    /// <inheritdoc/>
    public void LoadCarried(MetricHead first, ReadOnlySpan<byte> saved)
    {
        _hasSaved = true;
        SavedSums.Read(saved, first);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<BlockMeta>> WriteBlocksAsync(FrozenHead<MetricHead> frozen, CancellationToken cancellationToken)
    {
        var blocks = new List<BlockMeta>();
        foreach (var tenant in frozen.Head.Tenants)
        {
            TenantSeries series;
            lock (frozen.Head.Gate) series = frozen.Head.Find(tenant)!;

            // A tenant may have said something about metrics and sent no sample of them yet: that is kept as well.
            if (series.SampleCount == 0 && !series.Metadata.Any()) continue;
            var day = DateTimeOffset.FromUnixTimeMilliseconds(Math.Max(0, frozen.Head.MinTime));
            var address = await frozen.NewBlockAsync(tenant, day, cancellationToken);
            var (minTimeMs, maxTimeMs, rows) = (0L, 0L, 0L);
            var size = await frozen.Objects.PutAsync(
                address.ObjectKey,
                (stream, _) =>
                {
                    using var writer = new MetricBlockWriter(stream, RowGroupBytes, series.HasAnyStarts);
                    Write(series, writer, cancellationToken);
                    rows = writer.RowCount;
                    (minTimeMs, maxTimeMs) = rows == 0 ? (frozen.Head.MinTime, frozen.Head.MaxTime) : (writer.MinTimeMs, writer.MaxTimeMs);
                    return ValueTask.CompletedTask;
                },
                cancellationToken);
            blocks.Add(frozen.Describe(address, minTimeMs, maxTimeMs, rows, size, default));
        }

        return blocks;
    }

    private static void Write(TenantSeries tenant, MetricBlockWriter writer, CancellationToken cancellationToken)
    {
        var order = LabelOrder.ByValue(tenant.Index, LabelNames.MetricName);
        var rowOf = tenant.Exemplars.Select(static e => e.Series).Distinct().ToDictionary(static s => s, static _ => NoRow);
        var key = new LabelKey();
        var buffer = new SampleBuffer();
        for (var start = 0; start < order.Length; start += SeriesPerView)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var part = order.AsSpan(start, Math.Min(SeriesPerView, order.Length - start));
            var view = tenant.View(part);
            for (var i = 0; i < part.Length; i++)
            {
                buffer.Clear();
                view.Read(i, buffer);
                buffer.Settle(long.MinValue, long.MaxValue);
                if (buffer.Count == 0) continue;
                if (rowOf.ContainsKey(part[i])) rowOf[part[i]] = writer.RowCount;
                writer.Add(tenant.Index.KeyOf(part[i], key), buffer);
            }
        }

        writer.Finish(
            tenant.Metadata,
            tenant.Exemplars.Where(e => rowOf[e.Series] != NoRow).Select(e => (rowOf[e.Series], e.TimestampMs, e.Value, e.Labels)));
    }
}
