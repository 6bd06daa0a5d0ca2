using Triptych.Ingest.Exposition;
using Triptych.Model.Metrics;

namespace Triptych.Ingest.Histograms;

/// <summary>
/// Collects one native histogram as a protocol has it, checks it by Prometheus' rules and makes the histogram of it. What enters: spans, and counts as
/// differences (integer histograms) or as they are. Exponential schemas above 8 are reduced to 8. Used for one histogram after another: <see cref="Clear"/>,
/// the fields and lists, <see cref="Finish"/>, then <see cref="Build"/>. One thread at a time.
/// </summary>
internal sealed class NativeHistogramBuilder
{
    /// <summary>The most spans, buckets or bounds: the store takes no more, and what a body of millions of entries costs here stays small.</summary>
    public const int MaxEntries = 65_536;

    // Schemas up to here are exponential in the specification; those above 8 are finer than queries are made for.
    private const int FinestSchema = 52;
    private const int FinestKept = 8;
    private const int CoarsestSchema = -4;

    public NativeHistogramBuilder() => Build = MakeHistogram;

    /// <summary>Makes the histogram that was finished last. One delegate for all, because histograms are many.</summary>
    public Func<FloatHistogram> Build { get; }

    /// <summary>Where positive buckets lie.</summary>
    public List<BucketSpan> PositiveSpans { get; } = [];

    /// <summary>Where negative buckets lie.</summary>
    public List<BucketSpan> NegativeSpans { get; } = [];

    /// <summary>Positive counts of an integer histogram, each less the one before it.</summary>
    public List<long> PositiveDeltas { get; } = [];

    /// <summary>Negative counts of an integer histogram, each less the one before it.</summary>
    public List<long> NegativeDeltas { get; } = [];

    /// <summary>Positive counts of a float histogram.</summary>
    public List<double> PositiveCounts { get; } = [];

    /// <summary>Negative counts of a float histogram.</summary>
    public List<double> NegativeCounts { get; } = [];

    /// <summary>Bounds of a histogram that has its own.</summary>
    public List<double> Bounds { get; } = [];

    /// <summary>Whether counts are integers: then buckets have to add up.</summary>
    public bool IsInteger { get; set; }

    /// <summary>All observations.</summary>
    public double Count { get; set; }

    /// <summary>Their sum.</summary>
    public double Sum { get; set; }

    /// <summary>The schema.</summary>
    public int Schema { get; set; }

    /// <summary>Half the width of the zero bucket.</summary>
    public double ZeroThreshold { get; set; }

    /// <summary>Observations in the zero bucket.</summary>
    public double ZeroCount { get; set; }

    /// <summary>
    /// What the sender says about its counter. That it was not reset is taken as nothing said: the sample before may never have come here, or not yet, and so
    /// Prometheus too looks for itself.
    /// </summary>
    public CounterResetHint ResetHint { get; set; }

    /// <summary>What <see cref="Build"/> will take, in bytes.</summary>
    public long SizeBytes =>
        FloatHistogram.FixedSizeBytes + FloatHistogram.SizeOf(PositiveSpans.Count) + FloatHistogram.SizeOf(PositiveCounts.Count)
        + FloatHistogram.SizeOf(NegativeSpans.Count) + FloatHistogram.SizeOf(NegativeCounts.Count) + FloatHistogram.SizeOf(Bounds.Count);

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        PositiveSpans.Clear();
        NegativeSpans.Clear();
        PositiveDeltas.Clear();
        NegativeDeltas.Clear();
        PositiveCounts.Clear();
        NegativeCounts.Clear();
        Bounds.Clear();
        IsInteger = false;
        Count = Sum = ZeroThreshold = ZeroCount = 0;
        Schema = 0;
        ResetHint = CounterResetHint.Unknown;
    }

    /// <summary>Adds to one of the lists; of what is too much one is kept, so that <see cref="Finish"/> sees it.</summary>
    public static void Keep<T>(List<T> into, T item)
    {
        if (into.Count <= MaxEntries) into.Add(item);
    }

    /// <summary>Ends the histogram. Returns what is wrong with it, or null.</summary>
    public string? Finish()
    {
        if (HasTooMany()) return $"more than {MaxEntries} spans, buckets or bounds";
        if (!TryAccumulate(PositiveDeltas, PositiveCounts) || !TryAccumulate(NegativeDeltas, NegativeCounts)) return "a negative bucket count";
        if (ResetHint is CounterResetHint.NotReset or > CounterResetHint.Gauge) ResetHint = CounterResetHint.Unknown;
        if (SpecialValues.IsStale(Sum))
        {
            MakeMarker();
            return null;
        }

        return Check();
    }

    /// <summary>Makes a finished histogram as coarse as a scrape wants it. Returns what is wrong with it, or null.</summary>
    public string? Limit(in HistogramKinds kinds)
    {
        if (kinds.FinestSchema is { } finest && Schema > finest) Coarsen(Schema - finest);
        if (kinds.BucketLimit == 0) return null;
        while (CountBuckets() > kinds.BucketLimit)
        {
            if (Schema <= CoarsestSchema) return $"more than the {kinds.BucketLimit} buckets that native_histogram_bucket_limit allows";
            Coarsen(1);
        }

        return null;
    }

    // Empty ones of an exponential histogram are only how it is written.
    private int CountBuckets() => Schema == FloatHistogram.CustomBoundsSchema
        ? PositiveCounts.Count
        : PositiveCounts.Count(static c => c != 0) + NegativeCounts.Count(static c => c != 0);

    private void Coarsen(int steps)
    {
        BucketReduction.Reduce(PositiveSpans, PositiveCounts, steps);
        BucketReduction.Reduce(NegativeSpans, NegativeCounts, steps);
        Schema -= steps;
    }

    // Of a marker nothing but its being one is ever looked at, and what is kept has to be well-formed.
    private void MakeMarker()
    {
        var sum = Sum;
        Clear();
        Sum = sum;
    }

    private string? Check()
    {
        var isCustom = Schema == FloatHistogram.CustomBoundsSchema;
        if (!isCustom && Schema is < CoarsestSchema or > FinestSchema) return $"schema {Schema}, which is not between {CoarsestSchema} and {FinestKept} or -53";
        if (CheckBuckets(PositiveSpans, PositiveCounts) is { } positive) return positive;
        if (CheckBuckets(NegativeSpans, NegativeCounts) is { } negative) return negative;
        if (!(ZeroCount >= 0) || !(Count >= 0)) return "a negative count";
        if (!(ZeroThreshold >= 0)) return "a negative zero threshold";
        if (isCustom) return CheckCustom();
        if (Bounds.Count > 0) return "custom bounds in a schema that has none";
        if (IsInteger && CheckTotal() is { } total) return total;
        if (Schema > FinestKept) Coarsen(Schema - FinestKept);
        return null;
    }

    // Observations of NaN count and lie in no bucket.
    private string? CheckTotal()
    {
        var observed = ZeroCount + PositiveCounts.Sum() + NegativeCounts.Sum();
        return observed > Count || (!double.IsNaN(Sum) && observed != Count) ? "buckets that do not add up to its count" : null;
    }

    private string? CheckCustom()
    {
        if (NegativeSpans.Count > 0 || NegativeCounts.Count > 0) return "negative buckets with custom bounds";
        if (ZeroCount != 0 || ZeroThreshold != 0) return "a zero bucket with custom bounds";
        for (var i = 0; i < Bounds.Count; i++)
        {
            if (!double.IsFinite(Bounds[i]) || (i > 0 && Bounds[i] <= Bounds[i - 1])) return "custom bounds that do not ascend";
        }

        long reach = 0;
        foreach (var span in PositiveSpans)
        {
            if (span.Offset < 0) return "a bucket before the first custom bound";
            reach += span.Offset + (long)span.Length;
        }

        if (reach > Bounds.Count + 1) return "more buckets than custom bounds";
        return IsInteger ? CheckTotal() : null;
    }

    private static string? CheckBuckets(List<BucketSpan> spans, List<double> counts)
    {
        long places = 0;
        for (var i = 0; i < spans.Count; i++)
        {
            if (i > 0 && spans[i].Offset < 0) return "a span that begins before the end of the one before it";
            places += spans[i].Length;
        }

        if (places != counts.Count) return $"{counts.Count} buckets for spans of {places}";
        foreach (var count in counts)
        {
            if (!(count >= 0)) return "a negative bucket count";
        }

        return null;
    }

    private static bool TryAccumulate(List<long> deltas, List<double> counts)
    {
        if (deltas.Count == 0) return true;
        counts.Clear();
        long count = 0;
        foreach (var delta in deltas)
        {
            count = unchecked(count + delta);
            if (count < 0) return false;
            counts.Add(count);
        }

        return true;
    }

    private bool HasTooMany() =>
        Math.Max(PositiveSpans.Count, NegativeSpans.Count) > MaxEntries
        || Math.Max(PositiveDeltas.Count, NegativeDeltas.Count) > MaxEntries
        || Math.Max(PositiveCounts.Count, Math.Max(NegativeCounts.Count, Bounds.Count)) > MaxEntries;

    // ToArray: an empty list costs nothing then, while a collection expression wraps even an empty array.
    private FloatHistogram MakeHistogram() => new()
    {
        Schema = Schema,
        ResetHint = ResetHint,
        ZeroThreshold = ZeroThreshold,
        ZeroCount = ZeroCount,
        Count = Count,
        Sum = Sum,
        PositiveSpans = PositiveSpans.ToArray(),
        PositiveBuckets = PositiveCounts.ToArray(),
        NegativeSpans = NegativeSpans.ToArray(),
        NegativeBuckets = NegativeCounts.ToArray(),
        CustomBounds = Bounds.ToArray(),
    };
}
