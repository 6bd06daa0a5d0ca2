using System.Text;
using Triptych.Derive.Attributes;
using Triptych.Derive.Series;
using Triptych.Model.Attributes;
using Triptych.Model.Labels;
using Triptych.Model.Traces;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Checksums;

namespace Triptych.Derive.SpanMetrics;

/// <summary>How spans are counted by service, name, kind and status: what is the same for all tenants. One thread at a time.</summary>
internal sealed class SpanMetricsProcessor : IDisposable
{
    /// <summary>Places of counters.</summary>
    public const int Calls = 0;

    /// <inheritdoc cref="Calls"/>
    public const int SizeBytes = 1;

    private static readonly byte[][] Kinds =
        [.. new[] { "UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER" }.Select(static k => Encoding.UTF8.GetBytes("SPAN_KIND_" + k))];

    private static readonly byte[][] Statuses =
        [.. new[] { "UNSET", "OK", "ERROR" }.Select(static s => Encoding.UTF8.GetBytes("STATUS_CODE_" + s))];

    private readonly SpanMetricsOptions _options;
    private readonly int _maxValueBytes;
    private readonly SpanFilter _filter;
    private readonly (byte[] Label, int Place)[] _dimensions;
    private readonly (byte[] Label, int[] Places, byte[] Join)[] _mappings;
    private readonly int _share;
    private readonly int _namespace;
    private readonly int _instance;
    private readonly HashSet<string> _notInTargetInfo;
    private readonly PooledBufferWriter _key = new();
    private readonly PooledBufferWriter _text = new();
    private readonly LabelSetWriter _labels = new();

    /// <summary>Makes it; attributes that it asks for are looked for from now on.</summary>
    public SpanMetricsProcessor(SpanMetricsOptions options, DerivationOptions all, WantedAttributes wanted)
    {
        _options = options;
        _maxValueBytes = all.MaxLabelValueLength;
        _filter = new SpanFilter(options.FilterPolicies, wanted);
        byte[] Label(string name) => LabelText.NameOf(
            name, all.MaxLabelNameLength, "service", "span_name", "span_kind", "status_code", "status_message", "job", "instance", "le");
        _dimensions = [.. options.Dimensions.Select(d => (Label(d), wanted.IndexOf(d)))];
        _mappings = [.. options.DimensionMappings.Select(m =>
            (Label(m.Name), m.SourceLabels.Select(wanted.IndexOf).ToArray(), Encoding.UTF8.GetBytes(m.Join)))];
        _share = options.SpanMultiplierKey is { } key ? wanted.IndexOf(key) : -1;
        _namespace = wanted.IndexOf("service.namespace");
        _instance = wanted.IndexOf("service.instance.id");
        _notInTargetInfo = [.. options.TargetInfoExcludedDimensions, "service.name", "service.namespace", "service.instance.id"];
        Layout = new SeriesLayout(2, options.Latency ? 1 : 0, options.HistogramBuckets, all.Native);
    }

    /// <summary>What is counted.</summary>
    public SeriesLayout Layout { get; }

    /// <summary>What is counted of resources: nothing but that they are there.</summary>
    public SeriesLayout TargetLayout { get; } = new(0, 0, [], native: null);

    /// <summary>Counts a span.</summary>
    public void Add(in SpanFacts span, SeriesTable into, SeriesTable targets, long receivedMs)
    {
        if (!_filter.Passes(span)) return;
        var multiplier = span.Multiplier(_share, _options.EnableTracestateSpanMultiplier);
        var key = KeyOf(span, into);
        var row = into.Find(key);
        if (row < 0) row = into.FindOrAdd(key, LabelsOf(span), receivedMs);
        into.Touch(row, receivedMs);
        into.Add(row, Calls, multiplier);
        into.Add(row, SizeBytes, span.SizeBytes * multiplier);
        if (Layout.Histograms > 0) into.Observe(row, 0, span.Seconds, multiplier, span.Entry.TraceId);
        if (_options.EnableTargetInfo) AddTarget(span, targets, receivedMs);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _filter.Dispose();
        _key.Dispose();
        _text.Dispose();
    }

    private Hash128 KeyOf(in SpanFacts span, SeriesTable table)
    {
        _key.Reset();
        _key.WriteFixed64(span.Resource.Hash.Hi);
        _key.WriteFixed64(span.Resource.Hash.Lo);
        _key.WriteByte(span.Entry.Kind);
        _key.WriteByte(span.Entry.StatusCode);
        if (_options.IntrinsicDimensions.SpanName) _key.WriteLengthPrefixed(span.Batch.Read(span.Entry.Name));
        if (_options.IntrinsicDimensions.StatusMessage) _key.WriteLengthPrefixed(span.Batch.Read(span.Entry.StatusMessage));
        foreach (var (_, place) in _dimensions) AddToKey(span, place);
        foreach (var (_, places, _) in _mappings)
        {
            foreach (var place in places) AddToKey(span, place);
        }

        return table.HashOf(_key.WrittenSpan);
    }

    private void AddToKey(in SpanFacts span, int place)
    {
        var found = span.Found[place];
        _key.WriteByte((byte)found.Kind);
        _key.WriteFixed64((ulong)found.Bits);
        _key.WriteLengthPrefixed(found.Length == 0 ? default : span.Batch.Read(span.Entry.Attributes).Slice(found.Start, found.Length));
    }

    private ReadOnlySpan<byte> LabelsOf(in SpanFacts span)
    {
        _labels.Reset();
        var intrinsic = _options.IntrinsicDimensions;
        if (intrinsic.Service) Add("service"u8, span.Batch.Read(span.Resource.Service));
        if (intrinsic.SpanName) Add("span_name"u8, span.Batch.Read(span.Entry.Name));
        if (intrinsic.SpanKind) _labels.Add("span_kind"u8, Kinds[Math.Min(span.Entry.Kind, (byte)(Kinds.Length - 1))]);
        if (intrinsic.StatusCode) _labels.Add("status_code"u8, Statuses[Math.Min(span.Entry.StatusCode, (byte)(Statuses.Length - 1))]);
        if (intrinsic.StatusMessage) Add("status_message"u8, span.Batch.Read(span.Entry.StatusMessage));
        if (_options.EnableTargetInfo) AddJob(span, _options.EnableInstanceLabel);
        foreach (var (label, place) in _dimensions)
        {
            _text.Reset();
            if (span.TryAppend(place, _text)) Add(label, _text.WrittenSpan);
        }

        foreach (var (label, places, join) in _mappings)
        {
            _text.Reset();
            foreach (var place in places)
            {
                var before = _text.Length;
                if (before > 0) _text.Write(join);
                if (!span.TryAppend(place, _text)) _text.Truncate(before);
            }

            Add(label, _text.WrittenSpan);
        }

        return LabelText.Finish(_labels);
    }

    private void AddJob(in SpanFacts span, bool withInstance)
    {
        _text.Reset();
        if (span.Resource.Found[_namespace].IsFound)
        {
            span.Resource.Found[_namespace].AppendText(span.Batch.Read(span.Resource.Attributes), _text);
            _text.WriteByte((byte)'/');
        }

        _text.Write(span.Batch.Read(span.Resource.Service));
        Add("job"u8, _text.WrittenSpan);
        if (!withInstance || !span.Resource.Found[_instance].IsFound) return;
        _text.Reset();
        span.Resource.Found[_instance].AppendText(span.Batch.Read(span.Resource.Attributes), _text);
        Add("instance"u8, _text.WrittenSpan);
    }

    private void AddTarget(in SpanFacts span, SeriesTable targets, long receivedMs)
    {
        var row = targets.Find(span.Resource.Hash);
        if (row < 0)
        {
            _labels.Reset();
            AddJob(span, withInstance: true);
            var named = _labels.Count;
            var names = new HashSet<string>(StringComparer.Ordinal) { "job", "instance" };
            var reader = new AttributeReader(span.Batch.Read(span.Resource.Attributes));
            while (reader.TryRead())
            {
                var key = Encoding.UTF8.GetString(reader.Key);
                if (_notInTargetInfo.Contains(key)) continue;
                var label = LabelText.NameOf(key, LabelSetWriter.MaxSizeBytes, "job", "instance");
                if (!names.Add(Encoding.UTF8.GetString(label))) continue;
                _text.Reset();
                _text.WriteUtf8(AttributeValue.Read(reader.Kind, reader.Bits, reader.Bytes).ToText());
                Add(label, _text.WrittenSpan);
            }

            // A target of which nothing more is known than its name tells nobody anything.
            if (named == 0 || _labels.Count == named) return;
            row = targets.FindOrAdd(span.Resource.Hash, LabelText.Finish(_labels), receivedMs);
        }

        targets.Touch(row, receivedMs);
    }

    private void Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => _labels.Add(name, LabelText.Cut(value, _maxValueBytes));
}
