using Triptych.Storage.Compaction;

namespace Triptych.Metrics.Compaction;

/// <summary>Times of a merge, inclusive, Unix milliseconds.</summary>
internal readonly record struct SampleRange(long MinTimeMs, long MaxTimeMs);

/// <summary>
/// Cuts a window of a merge into ranges in which no series has more samples than there is memory for. What a series can have in a range is, of each input,
/// the timestamps of the time vector that has most there.
/// </summary>
internal static class SampleRanges
{
    // A sample with what its buffer has beside it while it is sorted and coded.
    private const int SampleBytes = 64;

    // The same with a native histogram.
    private const int HistogramBytes = 1024;

    /// <summary>The ranges of a window, the newest first.</summary>
    public static List<SampleRange> Of(MergeJob job, IReadOnlyList<MetricMergeInput> inputs, long window)
    {
        var first = (long)Int128.Max((Int128)window * job.Window, long.MinValue);
        var last = (long)Int128.Min((((Int128)window + 1) * job.Window) - 1, long.MaxValue);
        var most = Math.Max(1, job.Memory.Limit / 4 / (inputs.Any(static i => i.HasHistograms) ? HistogramBytes : SampleBytes));
        var ranges = new List<SampleRange>();
        if (inputs.Sum(static i => (long)i.MostSamples) <= most) return [new SampleRange(first, last)];
        var (oldest, newest) = (job.Inputs.Min(static i => i.MinTime), job.Inputs.Max(static i => i.MaxTime));
        Cut(inputs, new SampleRange(Math.Max(first, oldest), Math.Min(last, newest)), most, ranges);
        return ranges;
    }

    private static void Cut(IReadOnlyList<MetricMergeInput> inputs, SampleRange range, long most, List<SampleRange> into)
    {
        if (range.MinTimeMs >= range.MaxTimeMs || inputs.Sum(i => (long)i.MostSamplesIn(range)) <= most)
        {
            into.Add(range);
            return;
        }

        var middle = (long)(((Int128)range.MinTimeMs + range.MaxTimeMs) >> 1);
        Cut(inputs, range with { MinTimeMs = middle + 1 }, most, into);
        Cut(inputs, range with { MaxTimeMs = middle }, most, into);
    }
}
