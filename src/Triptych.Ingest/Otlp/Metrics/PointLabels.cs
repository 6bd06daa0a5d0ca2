using Triptych.Ingest.Labels;
using Triptych.Ingest.Otlp.Values;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;
using Triptych.Primitives.Protobuf;

namespace Triptych.Ingest.Otlp.Metrics;

/// <summary>
/// The labels of a data point: its attributes under sanitised names, and job and instance, which win over attributes of these names. One owner, one
/// thread at a time.
/// </summary>
internal sealed class PointLabels(MetricBatch batch) : IDisposable
{
    private readonly LabelCollector _labels = new(LabelCollision.Join);
    private CollectorMark _resource;
    private bool _hasJob;
    private bool _hasInstance;

    /// <summary>Where label sets are built; for the caller between calls.</summary>
    public LabelSetWriter Set { get; } = new();

    /// <summary>Begins the points of a resource.</summary>
    public void BeginResource(ResourceLabels resource)
    {
        _labels.Reset();
        _hasJob = !resource.Job.IsEmpty;
        _hasInstance = !resource.Instance.IsEmpty;
        if (_hasJob) _labels.Add("job"u8, resource.Job);
        if (_hasInstance) _labels.Add("instance"u8, resource.Instance);
        _resource = _labels.Mark;
    }

    /// <summary>Begins a point.</summary>
    public void BeginPoint() => _labels.ReturnTo(_resource);

    /// <summary>Adds an attribute of the point.</summary>
    public void Add(scoped ref ProtoReader parent, ProtoReader pair)
    {
        if (!AnyValue.TryReadPair(ref parent, pair, out var key, out var value)) return;
        if ((_hasJob && key.SequenceEqual("job"u8)) || (_hasInstance && key.SequenceEqual("instance"u8))) return;
        Collect(ref parent, _labels, key, value);
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
    public void Dispose() => _labels.Dispose();

    /// <summary>Collects an attribute under its sanitised name; one without key or value is left out.</summary>
    public static void Collect(scoped ref ProtoReader parent, LabelCollector into, ReadOnlySpan<byte> key, scoped in AnyValue value)
    {
        if (key.IsEmpty) return;
        var output = into.Output;
        var start = output.Length;
        LabelNaming.WriteForMetrics(key, output);
        var nameEnd = output.Length;
        AnyValueText.WritePlain(ref parent, value, output);
        if (output.Length == nameEnd || nameEnd == start) output.Truncate(start);
        else into.Add(start, nameEnd, nameEnd, key);
    }
}
