using System.Text;
using Triptych.Model.Metrics;
using Triptych.Primitives.Checksums;
using Triptych.Primitives.Protobuf;

namespace Triptych.Ingest.Otlp.Metrics;

/// <summary>
/// Walks the resources, scopes and metrics of one body, names each metric and hands its data points on to <see cref="PointDecoder"/>. Fields may come in
/// any order, so each level is looked over before it is read. One owner, one thread at a time.
/// </summary>
internal sealed class MetricDecoder : IDisposable
{
    private const int Delta = 1;
    private const int Cumulative = 2;

    private readonly MetricBatch _batch;
    private readonly DecodeOutcome _outcome;
    private readonly ResourceLabels _resource;
    private readonly MetricName _name;
    private readonly PointLabels _labels;
    private readonly PointDecoder _points;
    private readonly HashSet<ulong> _describedMetrics = [];

    public MetricDecoder(OtlpMetricOptions options, MetricBatch batch, DecodeOutcome outcome)
    {
        _batch = batch;
        _outcome = outcome;
        _resource = new ResourceLabels(options);
        _name = new MetricName(options.TranslationStrategy);
        _labels = new PointLabels(options, batch);
        _points = new PointDecoder(batch, outcome, _resource, _name, _labels, options.ConvertHistogramsToNhcb);
    }

    /// <summary>Reads <c>ResourceMetrics{resource 1, scope_metrics 2 {metrics 2}}</c>.</summary>
    public void DecodeResourceMetrics(scoped ref ProtoReader parent, ProtoReader message)
    {
        var again = message;
        _resource.Reset();
        _labels.BeginResource();
        while (message.TryReadTag(out var field, out _))
        {
            if (field == 1) _resource.Read(ref message, message.ReadMessage(), _labels);
        }

        if (!parent.Absorb(message)) return;
        _resource.Complete();
        _labels.EndResource(_resource);
        while (again.TryReadTag(out var field, out _))
        {
            if (field == 2) DecodeScopeMetrics(ref again, again.ReadMessage());
        }

        if (parent.Absorb(again)) _resource.WriteInfo(_batch, _labels.Set, _outcome);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _resource.Dispose();
        _name.Dispose();
        _labels.Dispose();
        _points.Dispose();
    }

    /// <summary>Reads <c>ScopeMetrics{scope 1, metrics 2, schema_url 3}</c>.</summary>
    private void DecodeScopeMetrics(scoped ref ProtoReader parent, ProtoReader scope)
    {
        var again = scope;
        ReadOnlySpan<byte> schemaUrl = default;
        _labels.BeginScope();
        while (again.TryReadTag(out var field, out _))
        {
            if (field == 1) _labels.ReadScope(ref again, again.ReadMessage());
            else if (field == 3) schemaUrl = again.ReadBytes();
        }

        if (!parent.Absorb(again)) return;
        _labels.EndScope(schemaUrl);
        while (scope.TryReadTag(out var field, out _))
        {
            if (field == 2) DecodeMetric(ref scope, scope.ReadMessage());
        }

        parent.Absorb(scope);
    }

    /// <summary>Reads <c>Metric{name 1, description 2, unit 3, gauge 5, sum 7, histogram 9, exponential_histogram 10, summary 11}</c>.</summary>
    private void DecodeMetric(scoped ref ProtoReader parent, ProtoReader metric)
    {
        ReadOnlySpan<byte> name = default;
        ReadOnlySpan<byte> help = default;
        ReadOnlySpan<byte> unit = default;
        var data = default(ProtoReader);
        var kind = MetricKind.None;
        while (metric.TryReadTag(out var field, out _))
        {
            switch (field)
            {
                case 1: name = metric.ReadBytes(); break;
                case 2: help = metric.ReadBytes(); break;
                case 3: unit = metric.ReadBytes(); break;
                case 5 or 7 or 9 or 10 or 11:
                    data = metric.ReadMessage();
                    kind = (MetricKind)field;
                    break;
            }
        }

        if (!parent.Absorb(metric) || kind == MetricKind.None) return;
        var again = data;
        var header = ReadHeader(ref data);
        if (!parent.Absorb(data) || header.PointCount == 0) return;
        var isCounter = kind == MetricKind.Sum && header.IsMonotonic;
        if (!CanTake(kind, header, name))
        {
            // The target was there all the same: target_info covers the time of all points, as in Prometheus.
            SeeTimes(ref again);
            parent.Absorb(again);
            return;
        }

        if (!_name.TrySet(name, unit, isCounter ? MetricShape.Counter : kind == MetricKind.Gauge ? MetricShape.Gauge : MetricShape.Other))
        {
            Refuse("invalid_name", header.PointCount, name, "has no letter or digit in its name");
            return;
        }

        var type = isCounter ? "counter" : TypeOf(kind);
        Describe(type, help);
        _labels.BeginMetric(Encoding.ASCII.GetBytes(type), _name.Unit);
        var canFall = kind == MetricKind.Sum && !header.IsMonotonic;
        while (again.TryReadTag(out var field, out _))
        {
            if (field == 1) _points.Decode(ref again, again.ReadMessage(), kind, header.Temporality == Delta, canFall);
        }

        parent.Absorb(again);
    }

    /// <summary>Reads what stands beside the <c>data_points 1</c>: <c>aggregation_temporality 2, is_monotonic 3</c>.</summary>
    private static Header ReadHeader(scoped ref ProtoReader data)
    {
        var header = default(Header);
        while (data.TryReadTag(out var field, out _))
        {
            switch (field)
            {
                case 1: header.PointCount++; break;
                case 2: header.Temporality = data.ReadInt32(); break;
                case 3: header.IsMonotonic = data.ReadBool(); break;
            }
        }

        return header;
    }

    /// <summary>Notes the times of data points that are not taken: in each kind of them <c>time_unix_nano 3</c>.</summary>
    private void SeeTimes(scoped ref ProtoReader data)
    {
        while (data.TryReadTag(out var field, out _))
        {
            if (field != 1) continue;
            var point = data.ReadMessage();
            while (point.TryReadTag(out var pointField, out _))
            {
                if (pointField == 3) _resource.Saw((long)(point.ReadFixed64() / 1_000_000));
            }

            data.Absorb(point);
        }
    }

    private bool CanTake(MetricKind kind, in Header header, ReadOnlySpan<byte> name)
    {
        if (kind is MetricKind.Gauge or MetricKind.Summary) return true;
        if (header.Temporality is Cumulative or Delta) return true;
        Refuse("unspecified_temporality", header.PointCount, name, "does not say its aggregation temporality");
        return false;
    }

    private static string TypeOf(MetricKind kind) => kind switch
    {
        MetricKind.Gauge or MetricKind.Sum => "gauge",
        MetricKind.Summary => "summary",
        _ => "histogram",
    };

    private void Refuse(string reason, int points, ReadOnlySpan<byte> name, string problem) =>
        _outcome.Refuse(reason, _outcome.Knows(reason) ? "" : $"metric \"{Encoding.UTF8.GetString(name)}\" {problem}", points);

    private void Describe(string type, ReadOnlySpan<byte> help)
    {
        var seed = XxHash64.Compute(_name.Unit, (ulong)type[0] + ((ulong)type.Length << 8));
        var identity = XxHash64.Compute(_name.Value, XxHash64.Compute(help, seed));
        if (!_describedMetrics.Add(identity)) return;
        _batch.AddMetadata(_name.Value, type, _name.Unit, help);
    }

    private struct Header
    {
        public int PointCount;
        public int Temporality;
        public bool IsMonotonic;
    }
}

/// <summary>The kinds of metric; the numbers are the fields of <c>Metric</c>.</summary>
internal enum MetricKind
{
    None = 0,
    Gauge = 5,
    Sum = 7,
    Histogram = 9,
    ExponentialHistogram = 10,
    Summary = 11,
}
