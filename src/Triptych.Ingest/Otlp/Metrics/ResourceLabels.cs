using System.Text;
using Triptych.Ingest.Labels;
using Triptych.Ingest.Otlp.Values;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Protobuf;

namespace Triptych.Ingest.Otlp.Metrics;

/// <summary>
/// What a resource gives to its metrics: the labels job and instance and promoted attributes on every series, and the series <c>target_info</c> with all
/// attributes that job and instance are not made of. One owner, one thread at a time.
/// </summary>
internal sealed class ResourceLabels(OtlpMetricOptions options) : IDisposable
{
    /// <summary>Samples of target_info stand at most this far apart: half of the time that queries look back.</summary>
    public const long InfoStepMs = 150_000;

    // Older samples than a day are not taken by the store, so a range from the dawn of time costs no more samples than that at either end: one
    // point with a clock that is wrong by years, in either direction, must not take target_info away from the points that are right.
    private const long MaxInfoRangeMs = 24 * 60 * 60 * 1000;

    private readonly byte[][] _promoted =
        [.. (options.PromoteAllResourceAttributes ? options.IgnoreResourceAttributes : options.PromoteResourceAttributes).Select(Encoding.UTF8.GetBytes)];

    private readonly LabelCollector _info = new(LabelCollision.Join);
    private readonly PooledBufferWriter _name = new(capacity: 64);
    private readonly PooledBufferWriter _namespace = new(capacity: 64);
    private readonly PooledBufferWriter _instance = new(capacity: 64);
    private int _others;
    private long _oldestMs;
    private long _newestMs;

    /// <summary>The job: the service's namespace and name; empty where it has no name.</summary>
    public ReadOnlySpan<byte> Job => _namespace.WrittenSpan;

    /// <summary>The instance: the service's instance id; empty where it has none.</summary>
    public ReadOnlySpan<byte> Instance => _instance.WrittenSpan;

    /// <summary>Begins a resource.</summary>
    public void Reset()
    {
        _info.Reset();
        _name.Reset();
        _namespace.Reset();
        _instance.Reset();
        _others = 0;
        _oldestMs = long.MaxValue;
        _newestMs = long.MinValue;
    }

    /// <summary>Reads <c>Resource{attributes 1}</c>; attributes that are promoted go to the labels as well.</summary>
    public void Read(scoped ref ProtoReader parent, ProtoReader resource, PointLabels labels)
    {
        while (resource.TryReadTag(out var field, out _))
        {
            if (field != 1 || !AnyValue.TryReadPair(ref resource, resource.ReadMessage(), out var key, out var value)) continue;
            if (IsPromoted(key)) labels.AddPromoted(ref resource, key, value);
            var identity = key.SequenceEqual("service.name"u8) ? _name
                : key.SequenceEqual("service.namespace"u8) ? _namespace
                : key.SequenceEqual("service.instance.id"u8) ? _instance
                : null;
            if (identity is not null) Replace(ref resource, identity, value);
            else _others++;

            if (identity is null || options.KeepIdentifyingResourceAttributes) labels.Collect(ref resource, _info, key, value, LabelRank.Plain);
        }

        parent.Absorb(resource);
    }

    /// <summary>Makes the job of name and namespace, after the last attribute.</summary>
    public void Complete()
    {
        if (_name.Length == 0) _namespace.Reset();
        else if (_namespace.Length > 0) _namespace.WriteByte((byte)'/');
        _namespace.Write(_name.WrittenSpan);
    }

    private bool IsPromoted(ReadOnlySpan<byte> key)
    {
        foreach (var listed in _promoted)
        {
            if (key.SequenceEqual(listed)) return !options.PromoteAllResourceAttributes;
        }

        return options.PromoteAllResourceAttributes;
    }

    /// <summary>Notes the time of a data point, taken or refused.</summary>
    public void Saw(long timestampMs)
    {
        _oldestMs = Math.Min(_oldestMs, timestampMs);
        _newestMs = Math.Max(_newestMs, timestampMs);
    }

    /// <summary>Adds target_info over the time of the samples seen.</summary>
    public void WriteInfo(MetricBatch batch, LabelSetWriter set, DecodeOutcome outcome)
    {
        if (_others == 0 || _info.Count == 0 || _newestMs < _oldestMs || (Job.IsEmpty && Instance.IsEmpty)) return;
        if (!Job.IsEmpty) _info.Add("job"u8, Job, LabelRank.Fixed);
        if (!Instance.IsEmpty) _info.Add("instance"u8, Instance, LabelRank.Fixed);
        set.Reset();
        _info.WriteTo(set, "__name__"u8, "target_info"u8, default, default);
        if (set.TryFinish(out var labels) != LabelSetError.None)
        {
            // Said, but counted as nothing: no data point of the sender's is lost.
            outcome.Refuse(
                "invalid_labels", $"the resource's attributes are together larger than {LabelSetWriter.MaxSizeBytes} bytes: no target_info",
                count: 0);
            return;
        }

        batch.AddSeries(labels, isSynthetic: true);
        var second = Math.Max(_oldestMs, _newestMs - MaxInfoRangeMs);
        if (second > _oldestMs) AddInfo(batch, _oldestMs, Math.Min(_oldestMs + MaxInfoRangeMs, second - 1));
        AddInfo(batch, second, _newestMs);
    }

    private static void AddInfo(MetricBatch batch, long firstMs, long lastMs)
    {
        for (var at = firstMs; at < lastMs; at += InfoStepMs) batch.AddSample(at, 1);
        batch.AddSample(lastMs, 1);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _info.Dispose();
        _name.Dispose();
        _namespace.Dispose();
        _instance.Dispose();
    }

    private static void Replace(scoped ref ProtoReader parent, PooledBufferWriter text, scoped in AnyValue value)
    {
        text.Reset();
        AnyValueText.WritePlain(ref parent, value, text);
    }
}
