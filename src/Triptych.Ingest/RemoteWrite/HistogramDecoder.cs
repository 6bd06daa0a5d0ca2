using Triptych.Model.Metrics;
using Triptych.Primitives.Protobuf;

namespace Triptych.Ingest.RemoteWrite;

/// <summary>
/// Reads the native histogram of remote write: integer ones carry bucket counts as differences, float ones as they are; both come out with floats. What is
/// read is kept in lists of its own until <see cref="Build"/> makes the histogram of it. One thread at a time.
/// </summary>
internal sealed class HistogramDecoder
{
    // The store takes no more; and what a body of millions of entries costs here stays small.
    private const int MaxEntries = 65_536;

    private readonly List<BucketSpan> _positiveSpans = [];
    private readonly List<BucketSpan> _negativeSpans = [];
    private readonly List<long> _positiveDeltas = [];
    private readonly List<long> _negativeDeltas = [];
    private readonly List<double> _positiveCounts = [];
    private readonly List<double> _negativeCounts = [];
    private readonly List<double> _bounds = [];
    private Header _header;

    public HistogramDecoder() => Build = MakeHistogram;

    /// <summary>Makes the histogram that was read last. One delegate for all, because histograms are many.</summary>
    public Func<FloatHistogram> Build { get; }

    /// <summary>What <see cref="Build"/> will take, in bytes.</summary>
    public long SizeBytes =>
        FloatHistogram.FixedSizeBytes + FloatHistogram.SizeOf(_positiveSpans.Count) + FloatHistogram.SizeOf(_positiveCounts.Count)
        + FloatHistogram.SizeOf(_negativeSpans.Count) + FloatHistogram.SizeOf(_negativeCounts.Count) + FloatHistogram.SizeOf(_bounds.Count);

    /// <summary>Reads a <c>Histogram</c> message. Returns what is invalid about it, or null; the reader keeps wire errors.</summary>
    public string? Read(scoped ref ProtoReader message, out long timestampMs)
    {
        Clear();
        var header = default(Header);
        while (message.TryReadTag(out var field, out var wire))
        {
            switch (field)
            {
                case 1: header.SetInteger(message.ReadUInt64()); break;
                case 2: header.SetFloat(message.ReadDouble()); break;
                case 3: header.Sum = message.ReadDouble(); break;
                case 4: header.Schema = message.ReadSInt32(); break;
                case 5: header.ZeroThreshold = message.ReadDouble(); break;
                case 6: header.ZeroCount = message.ReadUInt64(); break;
                case 7: header.ZeroCount = message.ReadDouble(); break;
                case 8: ReadSpan(ref message, message.ReadMessage(), _negativeSpans); break;
                case 9: ReadDeltas(ref message, wire, _negativeDeltas); break;
                case 10: ReadDoubles(ref message, wire, _negativeCounts); break;
                case 11: ReadSpan(ref message, message.ReadMessage(), _positiveSpans); break;
                case 12: ReadDeltas(ref message, wire, _positiveDeltas); break;
                case 13: ReadDoubles(ref message, wire, _positiveCounts); break;
                case 14: header.ResetHint = message.ReadInt32(); break;
                case 15: header.TimestampMs = message.ReadInt64(); break;
                case 16: ReadDoubles(ref message, wire, _bounds); break;
            }
        }

        _header = header;
        timestampMs = header.TimestampMs;
        if (message.Error != ProtoError.None) return "malformed content";
        if (HasTooMany()) return $"more than {MaxEntries} spans, buckets or bounds";
        if (header.IsInteger)
        {
            if (!TryAccumulate(_positiveDeltas, _positiveCounts) || !TryAccumulate(_negativeDeltas, _negativeCounts)) return "a negative bucket count";
        }

        return Check(header);
    }

    // ToArray: an empty list costs nothing then, while a collection expression wraps even an empty array.
    private FloatHistogram MakeHistogram() => new()
    {
        Schema = _header.Schema,
        ResetHint = _header.ResetHint is >= 0 and <= 3 ? (CounterResetHint)_header.ResetHint : CounterResetHint.Unknown,
        ZeroThreshold = _header.ZeroThreshold,
        ZeroCount = _header.ZeroCount,
        Count = _header.Count,
        Sum = _header.Sum,
        PositiveSpans = _positiveSpans.ToArray(),
        PositiveBuckets = _positiveCounts.ToArray(),
        NegativeSpans = _negativeSpans.ToArray(),
        NegativeBuckets = _negativeCounts.ToArray(),
        CustomBounds = _bounds.ToArray(),
    };

    private bool HasTooMany() =>
        Math.Max(_positiveSpans.Count, _negativeSpans.Count) > MaxEntries
        || Math.Max(_positiveDeltas.Count, _negativeDeltas.Count) > MaxEntries
        || Math.Max(_positiveCounts.Count, Math.Max(_negativeCounts.Count, _bounds.Count)) > MaxEntries;

    // One beyond the limit is kept, so that the check sees it.
    private static void Keep<T>(List<T> into, T item)
    {
        if (into.Count <= MaxEntries) into.Add(item);
    }

    private string? Check(in Header header)
    {
        if (SpecialValues.IsStale(header.Sum)) return null;
        var isCustom = header.Schema == FloatHistogram.CustomBoundsSchema;
        if (!isCustom && header.Schema is < -4 or > 8) return $"schema {header.Schema}, which is not between -4 and 8 or -53";
        if (CheckBuckets(_positiveSpans, _positiveCounts) is { } positive) return positive;
        if (CheckBuckets(_negativeSpans, _negativeCounts) is { } negative) return negative;
        if (!(header.ZeroCount >= 0) || !(header.Count >= 0)) return "a negative count";
        if (!(header.ZeroThreshold >= 0)) return "a negative zero threshold";
        if (isCustom) return CheckCustom(header);
        if (_bounds.Count > 0) return "custom bounds in a schema that has none";
        if (!header.IsInteger) return null;
        var observed = header.ZeroCount + _positiveCounts.Sum() + _negativeCounts.Sum();

        // Observations of NaN count and lie in no bucket.
        if (observed > header.Count || (!double.IsNaN(header.Sum) && observed != header.Count)) return "buckets that do not add up to its count";
        return null;
    }

    private string? CheckCustom(in Header header)
    {
        if (_negativeSpans.Count > 0 || _negativeCounts.Count > 0) return "negative buckets with custom bounds";
        if (header.ZeroCount != 0 || header.ZeroThreshold != 0) return "a zero bucket with custom bounds";
        for (var i = 0; i < _bounds.Count; i++)
        {
            if (!double.IsFinite(_bounds[i]) || (i > 0 && _bounds[i] <= _bounds[i - 1])) return "custom bounds that do not ascend";
        }

        long reach = 0;
        foreach (var span in _positiveSpans) reach += span.Offset + (long)span.Length;
        return reach > _bounds.Count + 1 ? "more buckets than custom bounds" : null;
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

    private static void ReadSpan(scoped ref ProtoReader parent, ProtoReader span, List<BucketSpan> into)
    {
        var offset = 0;
        uint length = 0;
        while (span.TryReadTag(out var field, out _))
        {
            if (field == 1) offset = span.ReadSInt32();
            else if (field == 2) length = span.ReadUInt32();
        }

        if (parent.Absorb(span)) Keep(into, new BucketSpan(offset, length));
    }

    private static void ReadDeltas(scoped ref ProtoReader message, WireType wire, List<long> into)
    {
        if (wire != WireType.LengthDelimited)
        {
            Keep(into, message.ReadSInt64());
            return;
        }

        var packed = message.ReadMessage();
        while (!packed.AtEnd) Keep(into, packed.ReadSInt64());
        message.Absorb(packed);
    }

    private static void ReadDoubles(scoped ref ProtoReader message, WireType wire, List<double> into)
    {
        if (wire != WireType.LengthDelimited)
        {
            Keep(into, message.ReadDouble());
            return;
        }

        var packed = message.ReadMessage();
        while (!packed.AtEnd) Keep(into, packed.ReadDouble());
        message.Absorb(packed);
    }

    private void Clear()
    {
        _positiveSpans.Clear();
        _negativeSpans.Clear();
        _positiveDeltas.Clear();
        _negativeDeltas.Clear();
        _positiveCounts.Clear();
        _negativeCounts.Clear();
        _bounds.Clear();
    }

    private struct Header
    {
        public bool IsInteger;
        public double Count;
        public double Sum;
        public int Schema;
        public double ZeroThreshold;
        public double ZeroCount;
        public int ResetHint;
        public long TimestampMs;

        public void SetInteger(ulong count)
        {
            IsInteger = true;
            Count = count;
        }

        public void SetFloat(double count)
        {
            IsInteger = false;
            Count = count;
        }
    }
}
