using Triptych.Columnar;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Rows;
using Triptych.Logs.Block;
using Triptych.Logs.Head;

namespace Triptych.Logs.Scan;

/// <summary>What a scan of lines would read at most: told by streams, by the times of row groups and by the bounds of pages.</summary>
internal static class LogPrice
{
    /// <summary>Of a block.</summary>
    public static async ValueTask<ScanPrice> OfAsync(LogBlock block, RowScanRequest request, CancellationToken cancellationToken)
    {
        int[] wanted;
        bool wantsAll;

        // The index makes text of symbols on demand, and queries may do the same.
        lock (block.Streams)
        {
            wanted = [.. block.Streams.Select(request.Matchers)];
            wantsAll = wanted.Length == block.Streams.Count;
        }

        if (wanted.Length == 0) return new ScanPrice();
        var (rows, bytes) = (0L, 0L);
        var schema = block.File.Schema;
        for (var i = 0; i < block.RowGroupTimes.Count; i++)
        {
            var (min, max) = block.RowGroupTimes[i];
            if (min >= request.MaxTimeUnixNanos || max < request.MinTimeUnixNanos) continue;
            var group = block.File.RowGroups[i];
            var bounds = new List<ColumnBounds>();
            if (min < request.MinTimeUnixNanos || max >= request.MaxTimeUnixNanos)
                bounds.Add(ColumnBounds.Between(schema.Column(LogBlockSchema.Time), request.MinTimeUnixNanos, request.MaxTimeUnixNanos - 1));
            if (!wantsAll) bounds.Add(ColumnBounds.AnyOf(schema.Column(LogBlockSchema.Stream), wanted));
            var found = RowRanges.Count(await group.FindRowsAsync(bounds, cancellationToken));
            if (found == 0) continue;
            rows += found;
            bytes += StoredBytes(block, group, ReadsText(request));
        }

        return rows == 0
            ? new ScanPrice()
            : new ScanPrice { Blocks = 1, BlockBytes = block.Meta.SizeBytes, ReadBytes = bytes, Series = wanted.Length, Rows = rows };
    }

    /// <summary>Of a head.</summary>
    public static ScanPrice Of(LogHead head, RowScanRequest request)
    {
        if (head.MinTime >= request.MaxTimeUnixNanos || head.MaxTime < request.MinTimeUnixNanos) return new ScanPrice();
        lock (head.Gate)
        {
            if (head.Find(request.Tenant) is not { } logs) return new ScanPrice();
            var wanted = logs.Streams.Select(request.Matchers).Count;
            if (wanted == 0) return new ScanPrice();
            var rows = 0L;
            for (var i = 0; i < logs.SliceTimes.Count; i++)
            {
                var (min, max) = logs.SliceTimes[i];
                if (min >= request.MaxTimeUnixNanos || max < request.MinTimeUnixNanos) continue;
                rows += Math.Min(TenantLogs.SliceRows, logs.Rows.Length - (i * TenantLogs.SliceRows));
            }

            return rows == 0 ? new ScanPrice() : new ScanPrice { Series = wanted, MemorySeries = wanted, MemoryRows = rows };
        }
    }

    /// <summary>Whether lines or what is attached to them are looked at, and not only how many there are when.</summary>
    private static bool ReadsText(RowScanRequest request) => request.Predicate is not null || request.Fields is not null || request.Projection.Any(
        static c => c != LogColumns.TimeUnixNanos && c != LogColumns.Stream && c != LogColumns.RecordCount && c != LogColumns.Level);

    private static long StoredBytes(LogBlock block, RowGroupReader group, bool readsText)
    {
        var schema = block.File.Schema;
        var columns = group.Info.Columns;
        if (!readsText)
        {
            string[] names = [LogBlockSchema.Time, LogBlockSchema.Stream, LogBlockSchema.Level];
            return names.Sum(name => columns[schema.Column(name).Index].CompressedBytes);
        }

        // Labels stand there for other readers.
        return columns.Sum(static c => c.CompressedBytes)
            - columns[schema.Column(LogBlockSchema.Labels, "key").Index].CompressedBytes
            - columns[schema.Column(LogBlockSchema.Labels, "value").Index].CompressedBytes;
    }
}
