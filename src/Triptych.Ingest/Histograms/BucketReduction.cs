using Triptych.Model.Metrics;

namespace Triptych.Ingest.Histograms;

/// <summary>
/// Makes exponential buckets wider: each step down in schema merges two neighbours, so that bucket <c>i</c> goes to <c>((i - 1) >> steps) + 1</c>
/// (bucket <c>i</c> ends at base^i, inclusive).
/// </summary>
internal static class BucketReduction
{
    /// <summary>Reduces absolute counts in place; spans without buckets vanish.</summary>
    /// <param name="spans">Where the buckets lie, their lengths together the number of counts.</param>
    /// <param name="counts">The counts.</param>
    /// <param name="steps">By how much the schema falls, from 1; more than 31 is as much as 31.</param>
    public static void Reduce(List<BucketSpan> spans, List<double> counts, int steps)
    {
        steps = Math.Min(steps, 31);
        var read = 0;
        var written = 0;
        var merged = new List<BucketSpan>(spans.Count);
        long index = 0;
        long last = 0;
        foreach (var span in spans)
        {
            index += span.Offset;
            for (uint i = 0; i < span.Length; i++, index++)
            {
                var target = ((index - 1) >> steps) + 1;
                var count = counts[read++];
                if (merged.Count > 0 && target == last)
                {
                    counts[written - 1] += count;
                    continue;
                }

                AddPlace(merged, target, last);
                counts[written++] = count;
                last = target;
            }
        }

        counts.RemoveRange(written, counts.Count - written);
        spans.Clear();
        spans.AddRange(merged);
    }

    // The first span's offset counts from index 0, that of others from the end of the span before.
    private static void AddPlace(List<BucketSpan> spans, long target, long last)
    {
        if (spans.Count == 0) spans.Add(new BucketSpan((int)Math.Clamp(target, int.MinValue, int.MaxValue), 1));
        else if (target == last + 1) spans[^1] = spans[^1] with { Length = spans[^1].Length + 1 };
        else spans.Add(new BucketSpan((int)Math.Clamp(target - last - 1, 0, int.MaxValue), 1));
    }
}
