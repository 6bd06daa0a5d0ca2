using System.Runtime.InteropServices;
using Triptych.Ingest.Histograms;
using Triptych.Model.Metrics;
using Triptych.Primitives.Protobuf;

namespace Triptych.Ingest.Otlp.Metrics;

/// <summary>
/// Makes native histograms of OTLP's: exponential ones as Prometheus translates them (bucket <c>i</c> of a scale is bucket <c>i + 1</c> of the schema, scales
/// above 8 reduced to 8, a zero threshold of 1e-128 where none is given), explicit ones with custom bounds. A point of delta temporality says that its
/// counter began anew, which it did: so rates add up, and nothing has to be remembered. One thread at a time.
/// </summary>
internal sealed class NativePoint
{
    private const double DefaultZeroThreshold = 1e-128;
    private const int FinestSchema = 8;

    // Past it lies no float at any scale up to 19; a span holds 32 bits.
    private const long FarthestOffset = 1L << 30;

    private readonly NativeHistogramBuilder _builder = new();
    private readonly List<double> _positive = [];
    private readonly List<double> _negative = [];
    private int _positiveOffset;
    private int _negativeOffset;

    /// <summary>Makes the histogram that was finished last.</summary>
    public Func<FloatHistogram> Build => _builder.Build;

    /// <summary>What <see cref="Build"/> will take, in bytes.</summary>
    public long SizeBytes => _builder.SizeBytes;

    /// <summary>Begins an exponential point.</summary>
    public void Clear()
    {
        _builder.Clear();
        _positive.Clear();
        _negative.Clear();
        _positiveOffset = _negativeOffset = 0;
    }

    /// <summary>Reads the positive or negative <c>Buckets{offset 1 sint32, bucket_counts 2 uint64}</c>.</summary>
    public void ReadBuckets(scoped ref ProtoReader parent, ProtoReader buckets, bool arePositive)
    {
        var into = arePositive ? _positive : _negative;
        while (buckets.TryReadTag(out var field, out var wire))
        {
            if (field == 1 && arePositive) _positiveOffset = buckets.ReadSInt32();
            else if (field == 1) _negativeOffset = buckets.ReadSInt32();
            else if (field == 2) ReadCounts(ref buckets, wire, into);
        }

        parent.Absorb(buckets);
    }

    /// <summary>Ends an exponential point. Returns what is wrong with it, or null.</summary>
    public string? FinishExponential(in NativeHeader header, int scale, ulong zeroCount, double zeroThreshold)
    {
        Begin(header);
        if (SpecialValues.IsStale(_builder.Sum)) return _builder.Finish();
        if (_positive.Count > NativeHistogramBuilder.MaxEntries || _negative.Count > NativeHistogramBuilder.MaxEntries)
            return $"more than {NativeHistogramBuilder.MaxEntries} buckets";
        if (Math.Max(Math.Abs((long)_positiveOffset), Math.Abs((long)_negativeOffset)) > FarthestOffset) return "buckets farther out than any number";
        var steps = Math.Max(0, (long)scale - FinestSchema);
        _builder.Schema = Math.Min(scale, FinestSchema);
        _builder.ZeroCount = zeroCount;
        _builder.ZeroThreshold = zeroThreshold == 0 ? DefaultZeroThreshold : zeroThreshold;
        DenseBuckets.Add(CollectionsMarshal.AsSpan(_positive), _positiveOffset + 1L, steps, _builder.PositiveSpans, _builder.PositiveCounts);
        DenseBuckets.Add(CollectionsMarshal.AsSpan(_negative), _negativeOffset + 1L, steps, _builder.NegativeSpans, _builder.NegativeCounts);
        return _builder.Finish();
    }

    /// <summary>Takes a whole explicit point whose bounds and counts have been checked. Returns what is wrong with it, or null.</summary>
    public string? FinishExplicit(in NativeHeader header, List<double> bounds, List<double> counts)
    {
        Clear();
        Begin(header);
        if (SpecialValues.IsStale(_builder.Sum)) return _builder.Finish();
        _builder.Schema = FloatHistogram.CustomBoundsSchema;
        _builder.Bounds.AddRange(bounds);

        // Without buckets, all that was counted lies in the one that has no bounds.
        if (counts.Count == 0) counts.Add(header.Count);
        DenseBuckets.Add(CollectionsMarshal.AsSpan(counts), 0, 0, _builder.PositiveSpans, _builder.PositiveCounts);
        return _builder.Finish();
    }

    private void Begin(in NativeHeader header)
    {
        _builder.IsInteger = true;
        _builder.Count = header.Count;
        _builder.Sum = header.HasValue ? header.Sum : SpecialValues.StaleMarker;
        _builder.ResetHint = header.IsDelta ? CounterResetHint.Reset : CounterResetHint.Unknown;
    }

    private static void ReadCounts(scoped ref ProtoReader buckets, WireType wire, List<double> into)
    {
        if (wire != WireType.LengthDelimited)
        {
            NativeHistogramBuilder.Keep(into, (double)buckets.ReadUInt64());
            return;
        }

        var packed = buckets.ReadMessage();
        while (!packed.AtEnd) NativeHistogramBuilder.Keep(into, (double)packed.ReadUInt64());
        buckets.Absorb(packed);
    }
}

/// <summary>What both kinds of histogram say of a point beside its buckets.</summary>
/// <param name="Count">All observations.</param>
/// <param name="Sum">Their sum.</param>
/// <param name="HasValue">False for a point that says only that there is no value any more.</param>
/// <param name="IsDelta">Whether it counts from the point before it.</param>
internal readonly record struct NativeHeader(ulong Count, double Sum, bool HasValue, bool IsDelta);
