using Triptych.Metrics.Block;
using Triptych.Metrics.Head;
using Triptych.Metrics.Scan;
using Triptych.Model;
using Triptych.Model.Labels;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Memory;
using Triptych.Storage.Catalog;
using Triptych.Storage.Heads;

namespace Triptych.Metrics;

/// <summary>Makes heads of metrics and turns them into blocks, one for each tenant.</summary>
internal sealed class MetricHeads(SlabPool slabs, MemoryBudget budget) : ISignalHeads<MetricHead>
{
    private const int SeriesPerView = 1024;

    // Once sums are kept, what is kept has to follow them, also to nothing.
    private bool _hasSaved;

    /// <inheritdoc/>
    public MetricHead Create(MetricHead? previous)
    {
        var head = new MetricHead(slabs, budget);
        if (previous is not null) SavedSums.Carry(previous, head);
        return head;
    }

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
                    using var writer = new MetricBlockWriter(stream, withStarts: series.HasAnyStarts);
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
        var order = Sorted(tenant);
        var rowOf = new Dictionary<int, long>();
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
                rowOf[part[i]] = writer.RowCount;
                writer.Add(tenant.Index.KeyOf(part[i]), buffer);
            }
        }

        writer.Finish(
            tenant.Metadata,
            tenant.Exemplars.Where(e => rowOf.ContainsKey(e.Series)).Select(e => (rowOf[e.Series], e.TimestampMs, e.Value, e.Labels)));
    }

    /// <summary>All series by metric name, then by their labels.</summary>
    private static int[] Sorted(TenantSeries tenant)
    {
        var index = tenant.Index;
        var name = index.Symbols.Find(LabelNames.MetricName);
        var order = new int[index.Count];
        for (var i = 0; i < order.Length; i++) order[i] = i;
        Array.Sort(order, (a, b) =>
        {
            var (nameA, nameB) = (index.ValueOf(a, name), index.ValueOf(b, name));
            if (nameA != nameB) return index.Symbols.GetUtf8(nameA).SequenceCompareTo(index.Symbols.GetUtf8(nameB));
            return index.KeyOf(a).SequenceCompareTo(index.KeyOf(b));
        });
        return order;
    }
}
