using Triptych.Columnar;
using Triptych.Columnar.Samples;
using Triptych.Metrics.Block;
using Triptych.Metrics.Head;

namespace Triptych.Metrics.Scan;

/// <summary>What a scan of samples would read at most, told by indexes and time vectors, which are in memory once a block is open.</summary>
internal static class MetricPrice
{
    private const int Piece = 4096;

    /// <summary>Of a block.</summary>
    public static ScanPrice Of(MetricBlock block, SampleScanRequest request)
    {
        List<int> series;

        // The index makes text of symbols on demand, and queries may do the same.
        lock (block.Index) series = block.Index.Select(request.Matchers);
        block.KeepInRange(series, request.MinTimeMs, request.MaxTimeMs);
        if (series.Count == 0) return new ScanPrice();
        var samples = request.SeriesOnly ? 0 : series.Sum(s => (long)block.CountSamplesIn(s, request.MinTimeMs, request.MaxTimeMs));
        return new ScanPrice
        {
            Blocks = 1,
            BlockBytes = block.Meta.SizeBytes,
            ReadBytes = request.SeriesOnly ? 0 : block.StoredBytesOf(series, request.WithStartTimes),
            Series = series.Count,
            Rows = samples,
        };
    }

    /// <summary>Of a head.</summary>
    public static ScanPrice Of(MetricHead head, SampleScanRequest request, CancellationToken cancellationToken)
    {
        if (head.MinTime > request.MaxTimeMs || head.MaxTime < request.MinTimeMs) return new ScanPrice();
        TenantSeries? own;
        List<int> selected = [];
        lock (head.Gate)
        {
            own = head.Find(request.Tenant);
            if (own is not null) selected = own.Index.Select(request.Matchers);
        }

        // Appends take the same lock: it is let go between pieces.
        var (series, samples) = (0, 0L);
        foreach (var piece in selected.Chunk(Piece))
        {
            cancellationToken.ThrowIfCancellationRequested();
            lock (head.Gate)
            {
                foreach (var one in piece)
                {
                    var (min, max) = own!.RangeOf(one);
                    if (min > max || min > request.MaxTimeMs || max < request.MinTimeMs) continue;
                    series++;
                    if (!request.SeriesOnly) samples += own.CountOf(one);
                }
            }
        }

        return new ScanPrice { Series = series, MemorySeries = series, MemoryRows = samples };
    }
}
