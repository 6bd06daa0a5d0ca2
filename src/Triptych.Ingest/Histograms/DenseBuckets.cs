using Triptych.Model.Metrics;

namespace Triptych.Ingest.Histograms;

/// <summary>Makes spans of buckets that come one for each place, empty ones included.</summary>
internal static class DenseBuckets
{
    // A span takes as much as two buckets, so that smaller gaps are filled.
    private const long LargestFilledGap = 2;

    // No two indexes of 32 bits differ any more after as many halvings.
    private const long MostSteps = 40;

    /// <summary>Adds buckets, in wider ones where steps are more than 0; see <see cref="BucketReduction"/>.</summary>
    /// <param name="counts">The counts, one for each place.</param>
    /// <param name="firstIndex">The index of the first.</param>
    /// <param name="steps">By how much the schema falls.</param>
    /// <param name="spans">Takes where buckets lie.</param>
    /// <param name="into">Takes their counts.</param>
    public static void Add(ReadOnlySpan<double> counts, long firstIndex, long steps, List<BucketSpan> spans, List<double> into)
    {
        steps = Math.Min(steps, MostSteps);
        long next = 0;
        for (var i = 0; i < counts.Length; i++)
        {
            if (counts[i] == 0) continue;
            var index = steps == 0 ? firstIndex + i : ((firstIndex + i - 1) >> (int)steps) + 1;
            if (spans.Count > 0 && index == next - 1)
            {
                into[^1] += counts[i];
                continue;
            }

            if (spans.Count > 0 && index - next <= LargestFilledGap)
            {
                for (var gap = next; gap < index; gap++) into.Add(0);
                spans[^1] = spans[^1] with { Length = spans[^1].Length + (uint)(index - next) + 1 };
            }
            else
            {
                spans.Add(new BucketSpan((int)(index - next), 1));
            }

            into.Add(counts[i]);
            next = index + 1;
        }
    }
}
