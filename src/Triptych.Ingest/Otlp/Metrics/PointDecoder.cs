using Triptych.Model.Labels;
using Triptych.Model.Metrics;
using Triptych.Primitives.Protobuf;
using Triptych.Primitives.Text;

namespace Triptych.Ingest.Otlp.Metrics;

/// <summary>
/// Turns data points into the series and samples of the metric whose name is set: one for a number; buckets, sum and count for a histogram; quantiles, sum
/// and count for a summary. A point that says it has no value becomes stale markers. One owner, one thread at a time.
/// </summary>
internal sealed class PointDecoder(MetricBatch batch, DecodeOutcome outcome, ResourceLabels resource, MetricName name, PointLabels labels) : IDisposable
{
    private const int MaxBuckets = 4096;
    private const uint NoRecordedValue = 1;

    private readonly PointExemplars _exemplars = new(batch);
    private readonly List<double> _values = [];
    private readonly List<double> _bounds = [];

    /// <summary>Reads one data point.</summary>
    public void Decode(scoped ref ProtoReader parent, ProtoReader point, MetricKind kind)
    {
        labels.BeginPoint();
        _exemplars.Reset();
        _values.Clear();
        _bounds.Clear();
        switch (kind)
        {
            case MetricKind.Histogram:
                DecodeHistogram(ref parent, point);
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

    /// <summary>Reads <c>NumberDataPoint{time 3, as_double 4, exemplars 5, as_int 6, attributes 7, flags 8}</c>.</summary>
    private void DecodeNumber(scoped ref ProtoReader parent, ProtoReader point, bool hasExemplars)
    {
        ulong time = 0;
        uint flags = 0;
        double value = 0;
        while (point.TryReadTag(out var field, out _))
        {
            switch (field)
            {
                case 3: time = point.ReadFixed64(); break;
                case 4: value = point.ReadDouble(); break;
                case 5 when hasExemplars: _exemplars.Read(ref point, point.ReadMessage()); break;
                case 6: value = point.ReadSFixed64(); break;
                case 7: labels.Add(ref point, point.ReadMessage()); break;
                case 8: flags = point.ReadUInt32(); break;
            }
        }

        if (!parent.Absorb(point)) return;
        var timestampMs = Milliseconds(time);
        if (!labels.TryAddSeries(name.Value))
        {
            RefuseLabels();
            return;
        }

        AddSample(timestampMs, value, flags);
        _exemplars.WriteUpTo(double.PositiveInfinity);
    }

    /// <summary>
    /// Reads <c>HistogramDataPoint{time 3, count 4, sum 5, bucket_counts 6, explicit_bounds 7, exemplars 8, attributes 9, flags 10}</c>.
    /// </summary>
    private void DecodeHistogram(scoped ref ProtoReader parent, ProtoReader point)
    {
        var header = default(Header);
        while (point.TryReadTag(out var field, out var wire))
        {
            switch (field)
            {
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

        if (!WriteBuckets(header) || !WriteSumAndCount(header)) RefuseLabels();
    }

    /// <summary>Reads <c>SummaryDataPoint{time 3, count 4, sum 5, quantile_values 6 {quantile 1, value 2}, attributes 7, flags 8}</c>.</summary>
    private void DecodeSummary(scoped ref ProtoReader parent, ProtoReader point)
    {
        var header = default(Header);
        header.SetSum(0);
        while (point.TryReadTag(out var field, out _))
        {
            switch (field)
            {
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

            AddSample(Milliseconds(header.Time), _values[i], header.Flags);
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
        var timestampMs = Milliseconds(header.Time);
        double cumulative = 0;
        Span<byte> text = stackalloc byte[FloatFormat.MaxPlainLength];
        for (var i = 0; i < _bounds.Count; i++)
        {
            cumulative += _values[i];
            var length = FloatFormat.WritePlain(_bounds[i], text);
            if (!labels.TryAddSeries(name.With("_bucket"u8), "le"u8, text[..length])) return false;
            AddSample(timestampMs, cumulative, header.Flags);
            _exemplars.WriteUpTo(_bounds[i]);
        }

        if (!labels.TryAddSeries(name.With("_bucket"u8), "le"u8, "+Inf"u8)) return false;
        AddSample(timestampMs, header.Count, header.Flags);
        _exemplars.WriteUpTo(double.PositiveInfinity);
        return true;
    }

    private bool WriteSumAndCount(in Header header)
    {
        var timestampMs = Milliseconds(header.Time);
        if (header.HasSum)
        {
            if (!labels.TryAddSeries(name.With("_sum"u8))) return false;
            AddSample(timestampMs, header.Sum, header.Flags);
        }

        if (!labels.TryAddSeries(name.With("_count"u8))) return false;
        AddSample(timestampMs, header.Count, header.Flags);
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

    private static long Milliseconds(ulong unixNanos) => (long)(unixNanos / 1_000_000);

    private void AddSample(long timestampMs, double value, uint flags)
    {
        resource.Saw(timestampMs);
        batch.AddSample(timestampMs, (flags & NoRecordedValue) != 0 ? SpecialValues.StaleMarker : value);
    }

    private void RefuseLabels() =>
        outcome.Refuse("invalid_labels", $"a data point's attributes are together larger than {LabelSetWriter.MaxSizeBytes} bytes");

    private struct Header
    {
        public ulong Time;
        public ulong Count;
        public double Sum;
        public bool HasSum;
        public uint Flags;

        public void SetSum(double sum)
        {
            Sum = sum;
            HasSum = true;
        }
    }
}
