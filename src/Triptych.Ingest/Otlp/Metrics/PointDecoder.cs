using System.Text;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;
using Triptych.Primitives.Protobuf;
using Triptych.Primitives.Text;

namespace Triptych.Ingest.Otlp.Metrics;

/// <summary>
/// Turns data points into the series and samples of the metric whose name is set: one for a number; buckets, sum and count for a histogram, or a native one;
/// a native one for an exponential histogram; quantiles, sum and count for a summary. A point that says it has no value becomes stale markers. One owner, one
/// thread at a time.
/// </summary>
internal sealed class PointDecoder(
    MetricBatch batch, DecodeOutcome outcome, ResourceLabels resource, MetricName name, PointLabels labels, bool makesNative) : IDisposable
{
    private const int MaxBuckets = 4096;

    private readonly PointExemplars _exemplars = new(batch);
    private readonly List<double> _values = [];
    private readonly List<double> _bounds = [];
    private readonly NativePoint _native = new();
    private bool _isDelta;
    private bool _canFall;
    private bool _keepsStart;

    /// <summary>Reads one data point; of delta temporality, it counts from its start and not from that of the series.</summary>
    public void Decode(scoped ref ProtoReader parent, ProtoReader point, MetricKind kind, bool isDelta, bool canFall)
    {
        _canFall = canFall;
        _isDelta = isDelta && kind is not (MetricKind.Gauge or MetricKind.Summary);

        // Of a gauge a start says nothing, and of a delta it is the sample before.
        _keepsStart = kind != MetricKind.Gauge && !_isDelta;
        labels.BeginPoint();
        _exemplars.Reset();
        _values.Clear();
        _bounds.Clear();
        switch (kind)
        {
            case MetricKind.Histogram:
                DecodeHistogram(ref parent, point);
                break;
            case MetricKind.ExponentialHistogram:
                DecodeExponential(ref parent, point);
                break;
            case MetricKind.Summary:
                DecodeSummary(ref parent, point);
                break;
            default:
                DecodeNumber(ref parent, point, hasExemplars: kind == MetricKind.Sum);
                break;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _exemplars.Dispose();

    /// <summary>Reads <c>NumberDataPoint{start 2, time 3, as_double 4, exemplars 5, as_int 6, attributes 7, flags 8}</c>.</summary>
    private void DecodeNumber(scoped ref ProtoReader parent, ProtoReader point, bool hasExemplars)
    {
        ulong start = 0;
        ulong time = 0;
        uint flags = 0;
        double value = 0;
        while (point.TryReadTag(out var field, out _))
        {
            switch (field)
            {
                case 2: start = point.ReadFixed64(); break;
                case 3: time = point.ReadFixed64(); break;
                case 4: value = point.ReadDouble(); break;
                case 5 when hasExemplars: _exemplars.Read(ref point, point.ReadMessage()); break;
                case 6: value = point.ReadSFixed64(); break;
                case 7: labels.Add(ref point, point.ReadMessage()); break;
                case 8: flags = point.ReadUInt32(); break;
            }
        }

        if (!parent.Absorb(point)) return;
        var at = new PointTime(start, time, flags);
        if (_isDelta && at.HasValue && (!double.IsFinite(value) || (value < 0 && !_canFall)))
        {
            RefuseDelta(value, "sum");
            return;
        }

        if (!labels.TryAddSeries(name.Value))
        {
            RefuseLabels();
            return;
        }

        AddSample(at, value);
        _exemplars.WriteUpTo(double.PositiveInfinity);
    }

    /// <summary>
    /// Reads <c>HistogramDataPoint{start 2, time 3, count 4, sum 5, bucket_counts 6, explicit_bounds 7, exemplars 8, attributes 9, flags 10}</c>.
    /// </summary>
    private void DecodeHistogram(scoped ref ProtoReader parent, ProtoReader point)
    {
        var header = default(Header);
        while (point.TryReadTag(out var field, out var wire))
        {
            switch (field)
            {
                case 2: header.Start = point.ReadFixed64(); break;
                case 3: header.Time = point.ReadFixed64(); break;
                case 4: header.Count = point.ReadFixed64(); break;
                case 5: header.SetSum(point.ReadDouble()); break;
                case 6: ReadAll(ref point, wire, _values, areCounts: true); break;
                case 7: ReadAll(ref point, wire, _bounds, areCounts: false); break;
                case 8: _exemplars.Read(ref point, point.ReadMessage()); break;
                case 9: labels.Add(ref point, point.ReadMessage()); break;
                case 10: header.Flags = point.ReadUInt32(); break;
            }
        }

        if (!parent.Absorb(point)) return;
        if (CheckBuckets() is { } problem)
        {
            outcome.Refuse("invalid_histogram", $"a histogram's data point has {problem}");
            return;
        }

        if (_isDelta && !makesNative && header.At.HasValue && header.HasSum && !double.IsFinite(header.Sum)) RefuseDelta(header.Sum, "histogram's sum");
        else if (makesNative) WriteNative(header.At, _native.FinishExplicit(NativeHeaderOf(header), _bounds, _values));
        else if (!WriteBuckets(header) || !WriteSumAndCount(header)) RefuseLabels();
    }

    /// <summary>
    /// Reads <c>ExponentialHistogramDataPoint{attributes 1, start 2, time 3, count 4, sum 5, scale 6, zero_count 7, positive 8, negative 9, flags 10,
    /// exemplars 11, zero_threshold 14}</c>.
    /// </summary>
    private void DecodeExponential(scoped ref ProtoReader parent, ProtoReader point)
    {
        var header = default(Header);
        var scale = 0;
        ulong zeroCount = 0;
        double zeroThreshold = 0;
        _native.Clear();
        while (point.TryReadTag(out var field, out _))
        {
            switch (field)
            {
                case 1: labels.Add(ref point, point.ReadMessage()); break;
                case 2: header.Start = point.ReadFixed64(); break;
                case 3: header.Time = point.ReadFixed64(); break;
                case 4: header.Count = point.ReadFixed64(); break;
                case 5: header.SetSum(point.ReadDouble()); break;
                case 6: scale = point.ReadSInt32(); break;
                case 7: zeroCount = point.ReadFixed64(); break;
                case 8: _native.ReadBuckets(ref point, point.ReadMessage(), arePositive: true); break;
                case 9: _native.ReadBuckets(ref point, point.ReadMessage(), arePositive: false); break;
                case 10: header.Flags = point.ReadUInt32(); break;
                case 11: _exemplars.Read(ref point, point.ReadMessage()); break;
                case 14: zeroThreshold = point.ReadDouble(); break;
            }
        }

        if (parent.Absorb(point)) WriteNative(header.At, _native.FinishExponential(NativeHeaderOf(header), scale, zeroCount, zeroThreshold));
    }

    private NativeHeader NativeHeaderOf(in Header header) => new(header.Count, header.Sum, header.At.HasValue, _isDelta);

    private void WriteNative(PointTime at, string? problem)
    {
        if (problem is not null)
        {
            outcome.Refuse("invalid_histogram", outcome.Knows("invalid_histogram") ? "" : $"a histogram's data point has {problem}");
            return;
        }

        if (!labels.TryAddSeries(name.Value))
        {
            RefuseLabels();
            return;
        }

        resource.Saw(at.TimestampMs);
        if (_isDelta && at.HasValue) batch.AddDeltaHistogram(at.StartMs, at.TimestampMs, _native.SizeBytes, _native.Build);
        else batch.AddHistogram(at.TimestampMs, _native.SizeBytes, _native.Build, _keepsStart ? at.StartMs : 0);
        _exemplars.WriteUpTo(double.PositiveInfinity);
    }

    /// <summary>Reads <c>SummaryDataPoint{start 2, time 3, count 4, sum 5, quantile_values 6 {quantile 1, value 2}, attributes 7, flags 8}</c>.</summary>
    private void DecodeSummary(scoped ref ProtoReader parent, ProtoReader point)
    {
        var header = default(Header);
        header.SetSum(0);
        while (point.TryReadTag(out var field, out _))
        {
            switch (field)
            {
                case 2: header.Start = point.ReadFixed64(); break;
                case 3: header.Time = point.ReadFixed64(); break;
                case 4: header.Count = point.ReadFixed64(); break;
                case 5: header.SetSum(point.ReadDouble()); break;
                case 6: ReadQuantile(ref point, point.ReadMessage()); break;
                case 7: labels.Add(ref point, point.ReadMessage()); break;
                case 8: header.Flags = point.ReadUInt32(); break;
            }
        }

        if (!parent.Absorb(point)) return;
        if (_bounds.Count > MaxBuckets)
        {
            outcome.Refuse("invalid_summary", $"a summary's data point has more than {MaxBuckets} quantiles");
            return;
        }

        Span<byte> text = stackalloc byte[FloatFormat.MaxPlainLength];
        for (var i = 0; i < _bounds.Count; i++)
        {
            var length = FloatFormat.WritePlain(_bounds[i], text);
            if (!labels.TryAddSeries(name.Value, "quantile"u8, text[..length]))
            {
                RefuseLabels();
                return;
            }

            AddSample(header.At, _values[i]);
        }

        if (!WriteSumAndCount(header)) RefuseLabels();
    }

    private void ReadQuantile(scoped ref ProtoReader parent, ProtoReader message)
    {
        double quantile = 0;
        double value = 0;
        while (message.TryReadTag(out var field, out _))
        {
            if (field == 1) quantile = message.ReadDouble();
            else if (field == 2) value = message.ReadDouble();
        }

        if (!parent.Absorb(message) || _bounds.Count > MaxBuckets) return;
        _bounds.Add(quantile);
        _values.Add(value);
    }

    private bool WriteBuckets(in Header header)
    {
        _exemplars.Sort();
        double cumulative = 0;
        Span<byte> text = stackalloc byte[FloatFormat.MaxPlainLength];
        for (var i = 0; i < _bounds.Count; i++)
        {
            cumulative += _values[i];
            var length = FloatFormat.WritePlain(_bounds[i], text);
            if (!labels.TryAddSeries(name.With("_bucket"u8), "le"u8, text[..length])) return false;
            AddSample(header.At, cumulative);
            _exemplars.WriteUpTo(_bounds[i]);
        }

        if (!labels.TryAddSeries(name.With("_bucket"u8), "le"u8, "+Inf"u8)) return false;
        AddSample(header.At, header.Count);
        _exemplars.WriteUpTo(double.PositiveInfinity);
        return true;
    }

    private bool WriteSumAndCount(in Header header)
    {
        if (header.HasSum)
        {
            if (!labels.TryAddSeries(name.With("_sum"u8))) return false;
            AddSample(header.At, header.Sum);
        }

        if (!labels.TryAddSeries(name.With("_count"u8))) return false;
        AddSample(header.At, header.Count);
        return true;
    }

    private string? CheckBuckets()
    {
        if (_bounds.Count > MaxBuckets || _values.Count > MaxBuckets) return $"more than {MaxBuckets} buckets";
        if (_values.Count != (_bounds.Count == 0 ? Math.Min(_values.Count, 1) : _bounds.Count + 1))
            return $"{_values.Count} bucket counts for {_bounds.Count} bounds";
        for (var i = 0; i < _bounds.Count; i++)
        {
            if (double.IsNaN(_bounds[i]) || double.IsPositiveInfinity(_bounds[i])) return "a bound that is not finite";
            if (i > 0 && _bounds[i] <= _bounds[i - 1]) return "bounds that do not ascend";
        }

        return null;
    }

    private static void ReadAll(scoped ref ProtoReader point, WireType wire, List<double> into, bool areCounts)
    {
        if (wire != WireType.LengthDelimited)
        {
            Keep(into, areCounts ? point.ReadFixed64() : point.ReadDouble());
            return;
        }

        var packed = point.ReadMessage();
        while (!packed.AtEnd) Keep(into, areCounts ? packed.ReadFixed64() : packed.ReadDouble());
        point.Absorb(packed);
    }

    // One beyond the limit is kept, so that the check sees it.
    private static void Keep(List<double> into, double value)
    {
        if (into.Count <= MaxBuckets) into.Add(value);
    }

    private void AddSample(PointTime at, double value)
    {
        resource.Saw(at.TimestampMs);
        var startMs = _keepsStart ? at.StartMs : 0;
        if (!at.HasValue) batch.AddSampleSince(startMs, at.TimestampMs, SpecialValues.StaleMarker);
        else if (_isDelta && _canFall) batch.AddChange(at.TimestampMs, value);
        else if (_isDelta) batch.AddDelta(at.StartMs, at.TimestampMs, value);
        else batch.AddSampleSince(startMs, at.TimestampMs, value);
    }

    // Added up it would spoil what was counted before, for good.
    private void RefuseDelta(double value, string of) => outcome.Refuse(
        "invalid_delta",
        outcome.Knows("invalid_delta")
            ? ""
            : string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"a delta of the {(double.IsFinite(value) ? "monotonic " : "")}{of} {Encoding.UTF8.GetString(name.Value)} is {value}, by which it cannot grow"));

    private void RefuseLabels() =>
        outcome.Refuse("invalid_labels", $"a data point's attributes are together larger than {LabelSetWriter.MaxSizeBytes} bytes");

    /// <summary>From when to when a point counts, and whether it has a value at all.</summary>
    private readonly record struct PointTime(ulong StartNanos, ulong TimeNanos, uint Flags)
    {
        private const uint NoRecordedValue = 1;

        public long StartMs => (long)(StartNanos / 1_000_000);

        public long TimestampMs => (long)(TimeNanos / 1_000_000);

        public bool HasValue => (Flags & NoRecordedValue) == 0;
    }

    private struct Header
    {
        public ulong Start;
        public ulong Time;
        public ulong Count;
        public double Sum;
        public bool HasSum;
        public uint Flags;

        public readonly PointTime At => new(Start, Time, Flags);

        public void SetSum(double sum)
        {
            Sum = sum;
            HasSum = true;
        }
    }
}
