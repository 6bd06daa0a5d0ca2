using Triptych.Logs.Block;
using Triptych.Logs.Fields;
using Triptych.Logs.Head;
using Triptych.Model;
using Triptych.Primitives.Memory;
using Triptych.Storage.Catalog;
using Triptych.Storage.Heads;
using Triptych.Storage.Index;

namespace Triptych.Logs;

/// <summary>Makes heads of logs and turns them into blocks, one for each tenant.</summary>
internal sealed class LogHeads(SlabPool slabs, MemoryBudget budget) : ISignalHeads<LogHead>
{
    private const int RowGroupRows = 64 * 1024;
    private const long RowGroupTextBytes = 64 * 1024 * 1024;
    private const int PrefetchDistance = 8;
    private const int CacheLineBytes = 64;

    /// <inheritdoc/>
    public LogHead Create(LogHead? previous) => new(slabs, budget);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<BlockMeta>> WriteBlocksAsync(FrozenHead<LogHead> frozen, CancellationToken cancellationToken)
    {
        var blocks = new List<BlockMeta>();
        foreach (var tenant in frozen.Head.Tenants)
        {
            TenantLogs logs;
            lock (frozen.Head.Gate) logs = frozen.Head.Find(tenant)!;
            if (logs.Rows.IsEmpty) continue;
            var day = DateTimeOffset.FromUnixTimeMilliseconds(Math.Max(0, frozen.Head.MinTime / 1_000_000));
            var address = await frozen.NewBlockAsync(tenant, day, cancellationToken);
            var (minTime, maxTime, rows) = (0L, 0L, 0L);
            var size = await frozen.Objects.PutAsync(
                address.ObjectKey,
                (stream, _) =>
                {
                    using var writer = new LogBlockWriter(stream, ChooseColumns(logs));
                    Write(logs, writer, cancellationToken);
                    (minTime, maxTime, rows) = (writer.MinTime, writer.MaxTime, writer.RowCount);
                    return ValueTask.CompletedTask;
                },
                cancellationToken);
            blocks.Add(frozen.Describe(address, minTime, maxTime, rows, size, default));
        }

        return blocks;
    }

    /// <summary>Which fields and metadata get columns, by rows from all over the head.</summary>
    private static BlockLayout ChooseColumns(TenantLogs logs)
    {
        var (fields, metadata) = (new FieldSample(), new MetadataSample());
        var stride = Math.Max(1, logs.Rows.Length / FieldSample.Lines);
        for (var row = 0; row < logs.Rows.Length; row += stride)
        {
            fields.Add(logs.Text.Read(logs.Rows[row].Line));
            metadata.Add(logs.Text.Read(logs.Rows[row].Metadata));
        }

        return new BlockLayout(fields.Choose(), metadata.Choose());
    }

    private void Write(TenantLogs logs, LogBlockWriter writer, CancellationToken cancellationToken)
    {
        // First by time, to cut slices; then each slice by stream, which keeps the order of time and arrival within a stream.
        using var order = ByTime(logs);
        var rank = RankStreams(logs);
        var ends = new int[rank.Length + 1];
        using var sorted = Sized(Math.Min(order.Count, RowGroupRows));
        var key = new LabelKey();
        var end = 0;
        for (var start = 0; start < order.Count; start = end)
        {
            cancellationToken.ThrowIfCancellationRequested();
            end = EndOfRowGroup(logs, order.Span, start);
            var slice = sorted.Span[..(end - start)];
            SortByStream(logs.Rows, order.Span[start..end], rank, ends, slice);
            writer.BeginRowGroup(slice.Length);
            WriteRows(logs, slice, key, writer);
            writer.EndRowGroup();
        }

        writer.Finish();
    }

    private static void WriteRows(TenantLogs logs, ReadOnlySpan<int> slice, LabelKey key, LogBlockWriter writer)
    {
        var rows = logs.Rows;
        var stream = -1;
        ReadOnlySpan<byte> labels = default;
        for (var i = 0; i < slice.Length; i++)
        {
            // Rows of a stream lie apart in the head: their text is asked for ahead.
            if (i + PrefetchDistance < slice.Length)
            {
                var ahead = rows[slice[i + PrefetchDistance]].Line;
                logs.Text.Prefetch(ahead, 0);
                logs.Text.Prefetch(ahead, CacheLineBytes);
            }

            ref readonly var row = ref rows[slice[i]];
            if (row.Stream != stream)
            {
                stream = row.Stream;
                labels = logs.Streams.KeyOf(stream, key);
            }

            writer.Add(stream, labels, row.TimeUnixNanos, row.Level, logs.Text.Read(row.Line), logs.Text.Read(row.Metadata));
        }
    }

    private NativeList<int> ByTime(TenantLogs logs)
    {
        var rows = logs.Rows;
        var order = Sized(rows.Length);
        try
        {
            using var times = new NativeList<long>(budget, rows.Length);
            var isInOrder = true;
            for (var i = 0; i < rows.Length; i++)
            {
                order[i] = i;
                times.Add(rows[i].TimeUnixNanos);
                isInOrder &= i == 0 || times[i - 1] <= times[i];
            }

            if (isInOrder) return order;
            times.Span.Sort(order.Span);
            RestoreArrival(times.Span, order.Span);
            return order;
        }
        catch
        {
            order.Dispose();
            throw;
        }
    }

    private NativeList<int> Sized(int count)
    {
        var list = new NativeList<int>(budget, count);
        list.TryResize(count);
        return list;
    }

    /// <summary>Counts the rows of each stream and puts each row where its stream's come; rows of one stream keep their order.</summary>
    private static void SortByStream(ReadOnlySpan<LogRow> rows, ReadOnlySpan<int> slice, ReadOnlySpan<int> rank, Span<int> ends, Span<int> sorted)
    {
        ends.Clear();
        foreach (var row in slice) ends[rank[rows[row].Stream] + 1]++;
        for (var i = 1; i < ends.Length; i++) ends[i] += ends[i - 1];
        foreach (var row in slice) sorted[ends[rank[rows[row].Stream]]++] = row;
    }

    /// <summary>Where the times are equal, what came first shall stand first: the sort above does not keep that.</summary>
    private static void RestoreArrival(ReadOnlySpan<long> times, Span<int> order)
    {
        for (var start = 0; start < times.Length;)
        {
            var end = start + 1;
            while (end < times.Length && times[end] == times[start]) end++;
            if (end - start > 1) order[start..end].Sort();
            start = end;
        }
    }

    /// <summary>A row group ends at so many rows or so much text, so that a reader can hold the columns of one.</summary>
    private static int EndOfRowGroup(TenantLogs logs, ReadOnlySpan<int> order, int start)
    {
        var rows = logs.Rows;
        var end = start;
        for (var bytes = 0L; end < order.Length && end - start < RowGroupRows && bytes < RowGroupTextBytes; end++)
        {
            ref readonly var row = ref rows[order[end]];
            bytes += row.Line.Length + row.Metadata.Length;
        }

        return end;
    }

    private static int[] RankStreams(TenantLogs logs)
    {
        var order = LabelOrder.ByKey(logs.Streams);
        var rank = new int[order.Length];
        for (var i = 0; i < order.Length; i++) rank[order[i]] = i;
        return rank;
    }
}
