using Triptych.Columnar;
using Triptych.Columnar.Samples;
using Triptych.Metrics.Block;
using Triptych.Metrics.Head;

namespace Triptych.Metrics.Scan;

/// <summary>What a scan of samples would read at most, told by indexes and time vectors, which are in memory once a block is open.</summary>
internal static class MetricPrice
{
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
    public static ScanPrice Of(MetricHead head, SampleScanRequest request)
    {
        if (head.MinTime > request.MaxTimeMs || head.MaxTime < request.MinTimeMs) return new ScanPrice();
        lock (head.Gate)
        {
            if (head.Find(request.Tenant) is not { } own) return new ScanPrice();
            var series = own.Index.Select(request.Matchers);
            series.RemoveAll(s => own.RangeOf(s) is var (min, max) && (min > max || min > request.MaxTimeMs || max < request.MinTimeMs));
            var samples = request.SeriesOnly ? 0 : series.Sum(s => (long)own.CountOf(s));
            return new ScanPrice { Series = series.Count, MemorySeries = series.Count, MemoryRows = samples };
        }
    }
}
