using Triptych.Ingest.Labels;
using Triptych.Ingest.Otlp.Values;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Protobuf;

namespace Triptych.Ingest.Otlp.Metrics;

/// <summary>
/// The labels of a data point: its attributes; attributes of the resource that are promoted, where the point has none of their names; job, instance and what
/// the scope is known by, which win over all others. One owner, one thread at a time.
/// </summary>
internal sealed class PointLabels(OtlpMetricOptions options, MetricBatch batch) : IDisposable
{
    private readonly LabelCollector _labels = new(LabelCollision.Join);
    private readonly PooledBufferWriter _scopeKey = new(capacity: 0);
    private CollectorMark _resource;
    private CollectorMark _scope;
    private CollectorMark _metric;

    /// <summary>Where label sets are built; for the caller between calls.</summary>
    public LabelSetWriter Set { get; } = new();

    /// <summary>Begins a resource, before its attributes are read.</summary>
    public void BeginResource() => _labels.Reset();

    /// <summary>Adds an attribute of the resource.</summary>
    public void AddPromoted(scoped ref ProtoReader parent, ReadOnlySpan<byte> key, scoped in AnyValue value) =>
        Collect(ref parent, _labels, key, value, LabelRank.Fallback);

    /// <summary>Begins the scopes of a resource, after its attributes were read.</summary>
    public void EndResource(ResourceLabels resource)
    {
        if (!resource.Job.IsEmpty) _labels.Add("job"u8, resource.Job, LabelRank.Fixed);
        if (!resource.Instance.IsEmpty) _labels.Add("instance"u8, resource.Instance, LabelRank.Fixed);
        _resource = _scope = _labels.Mark;
    }

    /// <summary>Begins a scope.</summary>
    public void BeginScope() => _labels.ReturnTo(_resource);

    /// <summary>Reads <c>InstrumentationScope{name 1, version 2, attributes 3}</c>.</summary>
    public void ReadScope(scoped ref ProtoReader parent, ProtoReader scope)
    {
        if (!options.PromoteScopeMetadata) return;
        ReadOnlySpan<byte> name = default;
        ReadOnlySpan<byte> version = default;
        while (scope.TryReadTag(out var field, out _))
        {
            switch (field)
            {
                case 1: name = scope.ReadBytes(); break;
                case 2: version = scope.ReadBytes(); break;
                case 3: AddScopeAttribute(ref scope, scope.ReadMessage()); break;
            }
        }

        if (!parent.Absorb(scope)) return;
        AddScopeText("otel_scope_name"u8, name);
        AddScopeText("otel_scope_version"u8, version);
    }

    /// <summary>Ends a scope, before its points are read.</summary>
    public void EndScope(ReadOnlySpan<byte> schemaUrl)
    {
        if (options.PromoteScopeMetadata) AddScopeText("otel_scope_schema_url"u8, schemaUrl);
        _scope = _metric = _labels.Mark;
    }

    /// <summary>Begins a metric, before its points are read.</summary>
    public void BeginMetric(ReadOnlySpan<byte> type, ReadOnlySpan<byte> unit)
    {
        if (!options.TypeAndUnitLabels) return;
        _labels.ReturnTo(_scope);
        _labels.Add("__type__"u8, type, LabelRank.Fixed);
        if (!unit.IsEmpty) _labels.Add("__unit__"u8, unit, LabelRank.Fixed);
        _metric = _labels.Mark;
    }

    /// <summary>Begins a point.</summary>
    public void BeginPoint() => _labels.ReturnTo(_metric);

    /// <summary>Adds an attribute of the point.</summary>
    public void Add(scoped ref ProtoReader parent, ProtoReader pair)
    {
        if (AnyValue.TryReadPair(ref parent, pair, out var key, out var value)) Collect(ref parent, _labels, key, value, LabelRank.Plain);
    }

    /// <summary>Begins a series of the point; false when its labels are too large.</summary>
    public bool TryAddSeries(ReadOnlySpan<byte> metricName) => TryAddSeries(metricName, default, default);

    /// <summary>Begins a series of the point with a further label, le or quantile, that wins over attributes of that name.</summary>
    public bool TryAddSeries(ReadOnlySpan<byte> metricName, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Set.Reset();
        _labels.WriteTo(Set, "__name__"u8, metricName, name, value);
        if (Set.TryFinish(out var canonical) != LabelSetError.None) return false;
        batch.AddSeries(canonical);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _labels.Dispose();
        _scopeKey.Dispose();
    }

    /// <summary>Collects an attribute under the name of its label; one without key or value is left out.</summary>
    public void Collect(scoped ref ProtoReader parent, LabelCollector into, ReadOnlySpan<byte> key, scoped in AnyValue value, LabelRank rank)
    {
        if (key.IsEmpty) return;
        var output = into.Output;
        var start = output.Length;
        if (options.EscapesNames)
            LabelNaming.WriteForMetrics(key, output, options.LabelNameUnderscoreSanitization, !options.LabelNamePreserveMultipleUnderscores);
        else
            AnyValueText.WriteValid(key, output);
        var nameEnd = output.Length;
        AnyValueText.WritePlain(ref parent, value, output);
        if (output.Length == nameEnd || nameEnd == start) output.Truncate(start);
        else into.Add(start, nameEnd, nameEnd, key, rank);
    }

    private void AddScopeAttribute(scoped ref ProtoReader parent, ProtoReader pair)
    {
        if (!AnyValue.TryReadPair(ref parent, pair, out var key, out var value) || key.IsEmpty) return;
        _scopeKey.Reset();
        _scopeKey.Write("otel_scope_"u8);
        _scopeKey.Write(key);
        Collect(ref parent, _labels, _scopeKey.WrittenSpan, value, LabelRank.Fixed);
    }

    private void AddScopeText(ReadOnlySpan<byte> name, ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty) return;
        var output = _labels.Output;
        var start = output.Length;
        output.Write(name);
        var nameEnd = output.Length;
        AnyValueText.WriteValid(text, output);
        _labels.Add(start, nameEnd, nameEnd, default, LabelRank.Fixed);
    }
}
