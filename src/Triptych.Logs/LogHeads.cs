using Triptych.Logs.Block;
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
                    using var writer = new LogBlockWriter(stream);
                    Write(logs, writer, cancellationToken);
                    (minTime, maxTime, rows) = (writer.MinTime, writer.MaxTime, writer.RowCount);
                    return ValueTask.CompletedTask;
                },
                cancellationToken);
            blocks.Add(frozen.Describe(address, minTime, maxTime, rows, size, default));
        }

        return blocks;
    }

    private static void Write(TenantLogs logs, LogBlockWriter writer, CancellationToken cancellationToken)
    {
        // First by time, to cut slices; then each slice by stream and time.
        var count = logs.Rows.Length;
        var order = new int[count];
        var times = new long[count];
        for (var i = 0; i < count; i++)
        {
            order[i] = i;
            times[i] = logs.Rows[i].TimeUnixNanos;
        }

        Array.Sort(times, order);
        RestoreArrival(times, order);
        var streamRank = RankStreams(logs);
        var key = new LabelKey();
        var end = 0;
        for (var start = 0; start < count; start = end)
        {
            cancellationToken.ThrowIfCancellationRequested();
            end = EndOfRowGroup(logs, order, start);
            var slice = order.AsSpan(start..end);
            slice.Sort((a, b) =>
            {
                ref readonly var left = ref logs.Rows[a];
                ref readonly var right = ref logs.Rows[b];
                if (left.Stream != right.Stream) return streamRank[left.Stream].CompareTo(streamRank[right.Stream]);
                return left.TimeUnixNanos != right.TimeUnixNanos ? left.TimeUnixNanos.CompareTo(right.TimeUnixNanos) : a.CompareTo(b);
            });
            writer.BeginRowGroup();
            foreach (var index in slice)
            {
                ref readonly var row = ref logs.Rows[index];
                var (line, metadata) = (row.Line, row.Metadata);
                writer.Add(
                    row.Stream, logs.Streams.KeyOf(row.Stream, key), row.TimeUnixNanos, row.Level,
                    logs.Text.Read(line), logs.Text.Read(metadata));
            }

            writer.EndRowGroup();
        }

        writer.Finish();
    }

    /// <summary>Where the times are equal, what came first shall stand first: the sort above does not keep that.</summary>
    private static void RestoreArrival(long[] times, int[] order)
    {
        for (var start = 0; start < times.Length;)
        {
            var end = start + 1;
            while (end < times.Length && times[end] == times[start]) end++;
            if (end - start > 1) order.AsSpan(start..end).Sort();
            start = end;
        }
    }

    /// <summary>A row group ends at so many rows or so much text, so that a reader can hold the columns of one.</summary>
    private static int EndOfRowGroup(TenantLogs logs, int[] order, int start)
    {
        var end = start;
        for (var bytes = 0L; end < order.Length && end - start < RowGroupRows && bytes < RowGroupTextBytes; end++)
        {
            ref readonly var row = ref logs.Rows[order[end]];
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
