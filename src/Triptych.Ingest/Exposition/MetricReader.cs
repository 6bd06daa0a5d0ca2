using Triptych.Ingest.Histograms;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Protobuf;
using Triptych.Primitives.Text;

namespace Triptych.Ingest.Exposition;

/// <summary>
/// Reads the metrics of one family of a protobuf exposition. A histogram is native where it has spans or a zero bucket. Values of <c>le</c> and
/// <c>quantile</c> are written as OpenMetrics writes them (<c>1.0</c>), so that series stay the same whichever format a target speaks. One thread at a time.
/// </summary>
internal sealed class MetricReader : IDisposable
{
    private readonly PooledBufferWriter _name = new(capacity: 256);
    private readonly PooledBufferWriter _empties = new(capacity: 0);
    private readonly PooledBufferWriter _typeLabel = new(capacity: 0);
    private readonly PooledBufferWriter _unitLabel = new(capacity: 0);
    private readonly LabelSetWriter _labels = new();
    private readonly LabelSetWriter _exemplarLabels = new();
    private readonly NativeHistogramBuilder _native = new();
    private readonly ClassicHistogram _converted = new();
    private int _nameLength;
    private FamilyType _type;
    private HistogramKinds _kinds;
    private long _startMs;
    private IExpositionSink _sink = null!;

    /// <summary>Begins a family.</summary>
    public void Begin(ReadOnlySpan<byte> name, FamilyType type, HistogramKinds kinds, IExpositionSink sink)
    {
        _name.Reset();
        _name.Write(name);
        _nameLength = name.Length;
        (_type, _kinds, _sink) = (type, kinds, sink);
        _typeLabel.Reset();
        _unitLabel.Reset();
    }

    /// <summary>Has the family's type and unit become labels of its series.</summary>
    public void AddToLabels(string type, ReadOnlySpan<byte> unit)
    {
        _typeLabel.WriteUtf8(type);
        _unitLabel.Write(unit);
    }

    /// <summary>Reads a <c>Metric</c>. Returns what fails the scrape, or null; the parent keeps wire errors.</summary>
    public string? Read(scoped ref ProtoReader parent, ProtoReader metric)
    {
        var labels = metric;
        var data = default(ProtoReader);
        var hasData = false;
        long timestampMs = 0;
        var wanted = FieldOf(_type);
        while (metric.TryReadTag(out var field, out _))
        {
            if (field == 6)
            {
                timestampMs = metric.ReadInt64();
            }
            else if (field == wanted)
            {
                data = metric.ReadMessage();
                hasData = true;
            }
        }

        if (!parent.Absorb(metric)) return null;
        if (!hasData) return $"a metric of a family of type {_type} has no such value";
        var subject = new Subject(labels, timestampMs == 0 ? null : timestampMs);
        _startMs = 0;
        var problem = _type switch
        {
            FamilyType.Histogram or FamilyType.GaugeHistogram => ReadHistogram(ref data, subject),
            FamilyType.Summary => ReadSummary(ref data, subject),
            _ => ReadNumber(ref data, subject),
        };
        parent.Absorb(data);
        return problem;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _name.Dispose();
        _empties.Dispose();
        _typeLabel.Dispose();
        _unitLabel.Dispose();
    }

    private static int FieldOf(FamilyType type) => type switch
    {
        FamilyType.Gauge => 2,
        FamilyType.Counter => 3,
        FamilyType.Summary => 4,
        FamilyType.Untyped => 5,
        _ => 7,
    };

    /// <summary>Reads <c>Gauge{value 1}</c>, <c>Untyped{value 1}</c>, <c>Counter{value 1, exemplar 2, start_timestamp 3}</c>.</summary>
    private string? ReadNumber(scoped ref ProtoReader data, scoped Subject subject)
    {
        double value = 0;
        var exemplar = default(ProtoReader);
        while (data.TryReadTag(out var field, out _))
        {
            if (field == 1) value = data.ReadDouble();
            else if (field == 2 && _type == FamilyType.Counter) exemplar = data.ReadMessage();
            else if (field == 3 && _type == FamilyType.Counter) _startMs = ReadTime(ref data, data.ReadMessage());
        }

        if (data.Error != ProtoError.None) return null;
        var problem = Write(subject, default, default, default, value, out var isTaken);
        if (isTaken) ReadExemplar(ref data, exemplar);
        return problem;
    }

    /// <summary>Reads <c>Summary{sample_count 1, sample_sum 2, quantile 3 {quantile 1, value 2}, start_timestamp 4}</c>.</summary>
    private string? ReadSummary(scoped ref ProtoReader data, scoped Subject subject)
    {
        ulong count = 0;
        double sum = 0;
        var again = data;
        while (data.TryReadTag(out var field, out _))
        {
            if (field == 1) count = data.ReadUInt64();
            else if (field == 2) sum = data.ReadDouble();
            else if (field == 4) _startMs = ReadTime(ref data, data.ReadMessage());
        }

        if (data.Error != ProtoError.None) return null;
        var problem = Write(subject, "_count"u8, default, default, count, out _) ?? Write(subject, "_sum"u8, default, default, sum, out _);
        Span<byte> text = stackalloc byte[FloatFormat.MaxPlainLength];
        while (problem is null && again.TryReadTag(out var field, out _))
        {
            if (field != 3) continue;
            var (quantile, value) = ReadPair(ref again, again.ReadMessage());
            problem = Write(subject, default, "quantile"u8, text[..BoundText.Write(quantile, text)], value, out _);
        }

        data.Absorb(again);
        return problem;
    }

    private static (double First, double Second) ReadPair(scoped ref ProtoReader parent, ProtoReader pair)
    {
        double first = 0;
        double second = 0;
        while (pair.TryReadTag(out var field, out _))
        {
            if (field == 1) first = pair.ReadDouble();
            else if (field == 2) second = pair.ReadDouble();
        }

        parent.Absorb(pair);
        return (first, second);
    }

    /// <summary>
    /// Reads <c>Histogram{sample_count 1, sample_sum 2, bucket 3, sample_count_float 4, schema 5, zero_threshold 6, zero_count 7, zero_count_float 8,
    /// negative_span 9, negative_delta 10, negative_count 11, positive_span 12, positive_delta 13, positive_count 14, start_timestamp 15, exemplars 16}</c>.
    /// </summary>
    private string? ReadHistogram(scoped ref ProtoReader data, scoped Subject subject)
    {
        var again = data;
        var into = _native;
        into.Clear();
        into.IsInteger = true;
        var hasBuckets = false;
        while (data.TryReadTag(out var field, out var wire))
        {
            switch (field)
            {
                case 1 when into.IsInteger: into.Count = data.ReadUInt64(); break;
                case 2: into.Sum = data.ReadDouble(); break;
                case 3: hasBuckets = true; break;
                case 4: SetFloatCount(data.ReadDouble()); break;
                case 5: into.Schema = data.ReadSInt32(); break;
                case 6: into.ZeroThreshold = data.ReadDouble(); break;
                case 7 when into.ZeroCount == 0: into.ZeroCount = data.ReadUInt64(); break;
                case 8: into.ZeroCount = data.ReadDouble() is var zero and > 0 ? zero : into.ZeroCount; break;
                case 9: HistogramFields.ReadSpan(ref data, data.ReadMessage(), into.NegativeSpans); break;
                case 10: HistogramFields.ReadDeltas(ref data, wire, into.NegativeDeltas); break;
                case 11: HistogramFields.ReadDoubles(ref data, wire, into.NegativeCounts); break;
                case 12: HistogramFields.ReadSpan(ref data, data.ReadMessage(), into.PositiveSpans); break;
                case 13: HistogramFields.ReadDeltas(ref data, wire, into.PositiveDeltas); break;
                case 14: HistogramFields.ReadDoubles(ref data, wire, into.PositiveCounts); break;
                case 15: _startMs = ReadTime(ref data, data.ReadMessage()); break;
            }
        }

        if (data.Error != ProtoError.None) return null;
        var count = into.Count;
        var sum = into.Sum;
        var isNative = _kinds.Native
            && (into.PositiveSpans.Count > 0 || into.NegativeSpans.Count > 0 || into.ZeroThreshold > 0 || into.ZeroCount > 0);
        var problem = isNative ? WriteNative(ref data, again, subject) : null;
        var isConverted = !isNative && _kinds.ConvertClassic;
        var isClassic = isNative ? _kinds.ClassicBesideNative && hasBuckets : _kinds.ClassicBesideNative || !isConverted;
        if (problem is null && isClassic) problem = WriteClassic(ref data, again, subject, count, sum);
        if (problem is null && isConverted) problem = WriteConverted(ref data, again, subject, count, sum);
        return problem;
    }

    // Zero says nothing here: proto3 has no field that is not there.
    private void SetFloatCount(double count)
    {
        if (!(count > 0)) return;
        _native.IsInteger = false;
        _native.Count = count;
    }

    private string? WriteNative(scoped ref ProtoReader parent, ProtoReader histogram, scoped Subject subject)
    {
        _native.ResetHint = _type == FamilyType.GaugeHistogram ? CounterResetHint.Gauge : CounterResetHint.Unknown;
        if (_native.Finish() is { } invalid)
        {
            _sink.Refuse("invalid_histogram", $"a native histogram has {invalid}");
            return null;
        }

        if (_native.Limit(_kinds) is { } tooMany) return "a native histogram has " + tooMany;
        if (!TryMakeLabels(ref parent, subject, default, default, default, out var labels)) return null;
        var problem = _sink.TakeHistogram(Exposed(subject, labels), _native.SizeBytes, _native.Build);
        while (problem is null && histogram.TryReadTag(out var field, out _))
        {
            if (field == 16) ReadExemplar(ref histogram, histogram.ReadMessage());
        }

        parent.Absorb(histogram);
        return problem;
    }

    /// <summary>Makes a native histogram of the buckets. Exemplars need times here, as with Prometheus.</summary>
    private string? WriteConverted(scoped ref ProtoReader parent, ProtoReader histogram, scoped Subject subject, double count, double sum)
    {
        var again = histogram;
        _converted.Clear();
        _converted.SetCount(count);
        _converted.SetSum(sum);
        while (histogram.TryReadTag(out var field, out _))
        {
            if (field != 3) continue;
            var (bound, observed) = ReadBucket(ref histogram, histogram.ReadMessage(), out _);
            _converted.AddBucket(bound, observed);
        }

        if (!parent.Absorb(histogram)) return null;
        if (_converted.Finish(_type == FamilyType.GaugeHistogram) is { } invalid)
        {
            _sink.Refuse("invalid_histogram", $"a classic histogram to be converted has {invalid}");
            return null;
        }

        if (_converted.Limit(_kinds) is { } tooMany) return "a converted histogram has " + tooMany;
        if (!TryMakeLabels(ref parent, subject, default, default, default, out var labels)) return null;
        var problem = _sink.TakeHistogram(Exposed(subject, labels), _converted.SizeBytes, _converted.Build);
        while (problem is null && again.TryReadTag(out var field, out _))
        {
            if (field != 3) continue;
            ReadBucket(ref again, again.ReadMessage(), out var exemplar);
            ReadExemplar(ref again, exemplar, needsTime: true);
        }

        parent.Absorb(again);
        return problem;
    }

    private string? WriteClassic(scoped ref ProtoReader parent, ProtoReader histogram, scoped Subject subject, double count, double sum)
    {
        var problem = Write(subject, "_count"u8, default, default, count, out _) ?? Write(subject, "_sum"u8, default, default, sum, out _);
        var hasInfinity = false;
        while (problem is null && histogram.TryReadTag(out var field, out _))
        {
            if (field == 3) problem = WriteBucket(ref histogram, histogram.ReadMessage(), subject, ref hasInfinity);
        }

        if (problem is null && !hasInfinity) problem = Write(subject, "_bucket"u8, "le"u8, "+Inf"u8, count, out _);
        parent.Absorb(histogram);
        return problem;
    }

    private string? WriteBucket(scoped ref ProtoReader parent, ProtoReader bucket, scoped Subject subject, ref bool hasInfinity)
    {
        var (bound, count) = ReadBucket(ref parent, bucket, out var exemplar);
        if (parent.Error != ProtoError.None) return null;
        hasInfinity |= double.IsPositiveInfinity(bound);
        Span<byte> text = stackalloc byte[FloatFormat.MaxPlainLength];
        var problem = Write(subject, "_bucket"u8, "le"u8, text[..BoundText.Write(bound, text)], count, out var isTaken);
        if (isTaken) ReadExemplar(ref parent, exemplar);
        return problem;
    }

    /// <summary>Reads <c>Bucket{cumulative_count 1, upper_bound 2, exemplar 3, cumulative_count_float 4}</c>.</summary>
    private static (double Bound, double Count) ReadBucket(scoped ref ProtoReader parent, ProtoReader bucket, out ProtoReader exemplar)
    {
        double count = 0;
        double bound = 0;
        exemplar = default;
        while (bucket.TryReadTag(out var field, out _))
        {
            switch (field)
            {
                case 1 when count == 0: count = bucket.ReadUInt64(); break;
                case 2: bound = bucket.ReadDouble(); break;
                case 3: exemplar = bucket.ReadMessage(); break;
                case 4: count = bucket.ReadDouble() is var real and > 0 ? real : count; break;
            }
        }

        parent.Absorb(bucket);
        return (bound, count);
    }

    /// <summary>Reads <c>Exemplar{label 1, value 2, timestamp 3 {seconds 1, nanos 2}}</c>.</summary>
    private void ReadExemplar(scoped ref ProtoReader parent, ProtoReader exemplar, bool needsTime = false)
    {
        if (exemplar.AtEnd) return;
        double value = 0;
        long? timestampMs = null;
        _exemplarLabels.Reset();
        while (exemplar.TryReadTag(out var field, out _))
        {
            switch (field)
            {
                case 1: ReadLabel(ref exemplar, exemplar.ReadMessage(), _exemplarLabels, null); break;
                case 2: value = exemplar.ReadDouble(); break;
                case 3: timestampMs = ReadTime(ref exemplar, exemplar.ReadMessage()); break;
            }
        }

        if (!parent.Absorb(exemplar) || (needsTime && timestampMs is null)) return;
        if (_exemplarLabels.TryFinish(out var labels) == LabelSetError.None && RemoteWrite.RemoteWriteLabels.AreValid(labels))
            _sink.TakeExemplar(labels, value, timestampMs);
        else
            _sink.Refuse("invalid_exemplar", "an exemplar's labels have a name twice, an empty name or text that is not valid UTF-8");
    }

    private static long ReadTime(scoped ref ProtoReader parent, ProtoReader time)
    {
        long seconds = 0;
        var nanos = 0;
        while (time.TryReadTag(out var field, out _))
        {
            if (field == 1) seconds = time.ReadInt64();
            else if (field == 2) nanos = time.ReadInt32();
        }

        parent.Absorb(time);
        return unchecked((seconds * 1000) + (nanos / 1_000_000));
    }

    private string? Write(
        scoped Subject subject, ReadOnlySpan<byte> suffix, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, double number, out bool isTaken)
    {
        var parent = default(ProtoReader);
        isTaken = TryMakeLabels(ref parent, subject, suffix, name, value, out var labels);
        return isTaken ? _sink.TakeSample(Exposed(subject, labels), number) : null;
    }

    private ExposedSeries Exposed(scoped Subject subject, ReadOnlySpan<byte> labels) =>
        new(labels, _empties.WrittenSpan, subject.TimestampMs, _startMs);

    private bool TryMakeLabels(
        scoped ref ProtoReader parent, scoped Subject subject, ReadOnlySpan<byte> suffix, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value,
        out ReadOnlySpan<byte> labels)
    {
        _name.Truncate(_nameLength);
        _name.Write(suffix);
        _labels.Reset();
        _empties.Reset();
        _labels.Add("__name__"u8, _name.WrittenSpan);
        if (!name.IsEmpty) _labels.Add(name, value);
        _labels.Add("__type__"u8, _typeLabel.WrittenSpan);
        _labels.Add("__unit__"u8, _unitLabel.WrittenSpan);
        var metric = subject.Metric;
        while (metric.TryReadTag(out var field, out _))
        {
            if (field == 1) ReadLabel(ref metric, metric.ReadMessage(), _labels, _empties);
        }

        if (_empties.Length > 0) _empties.WriteByte((byte)'}');
        parent.Absorb(metric);
        labels = default;
        var isReadable = metric.Error == ProtoError.None && _labels.TryFinish(out labels) == LabelSetError.None;
        if (isReadable && RemoteWrite.RemoteWriteLabels.AreValid(labels)) return true;
        _sink.Refuse("invalid_labels", "a metric's labels have a name twice, an empty name, too many bytes or text that is not valid UTF-8");
        return false;
    }

    private void ReadLabel(scoped ref ProtoReader parent, ProtoReader label, LabelSetWriter into, PooledBufferWriter? empties)
    {
        ReadOnlySpan<byte> name = default;
        ReadOnlySpan<byte> value = default;
        while (label.TryReadTag(out var field, out _))
        {
            if (field == 1) name = label.ReadBytes();
            else if (field == 2) value = label.ReadBytes();
        }

        if (!parent.Absorb(label)) return;
        if (empties is not null && IsReplaced(name)) return;
        into.Add(name, value);
        if (!value.IsEmpty || empties is null) return;
        empties.WriteByte((byte)(empties.Length == 0 ? '{' : ','));
        empties.Write(name);
        empties.Write("=\"\""u8);
    }

    private bool IsReplaced(ReadOnlySpan<byte> name) =>
        (_typeLabel.Length > 0 && name.SequenceEqual("__type__"u8)) || (_unitLabel.Length > 0 && name.SequenceEqual("__unit__"u8));

    /// <summary>The metric that samples are read of: its message, to be read from the start for its labels, and its time.</summary>
    private readonly ref struct Subject(ProtoReader metric, long? timestampMs)
    {
        public ProtoReader Metric { get; } = metric;

        public long? TimestampMs { get; } = timestampMs;
    }
}
