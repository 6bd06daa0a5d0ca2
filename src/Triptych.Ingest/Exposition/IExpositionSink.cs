using Triptych.Model.Metrics;

namespace Triptych.Ingest.Exposition;

/// <summary>Takes what a protobuf exposition holds, in its order. Spans are valid during the call.</summary>
public interface IExpositionSink
{
    /// <summary>Begins a metric family.</summary>
    void TakeFamily(ReadOnlySpan<byte> name, string type, ReadOnlySpan<byte> help, ReadOnlySpan<byte> unit);

    /// <summary>Takes a float. Returns why the scrape fails, or null.</summary>
    string? TakeSample(in ExposedSeries series, double value);

    /// <summary>Takes a native histogram that <paramref name="build"/> makes of <paramref name="sizeBytes"/>. Returns why the scrape fails, or null.</summary>
    string? TakeHistogram(in ExposedSeries series, long sizeBytes, Func<FloatHistogram> build);

    /// <summary>Takes an exemplar of the series taken last.</summary>
    void TakeExemplar(ReadOnlySpan<byte> canonicalLabels, double value, long? timestampMs);

    /// <summary>Hears of something that is left out.</summary>
    void Refuse(string reason, string detail);
}

/// <summary>A series as a target names it.</summary>
/// <param name="canonicalLabels">Its labels, the metric's name among them.</param>
/// <param name="emptyLabels">Labels that are there without a value, as <c>{name=""}</c>; empty where there are none.</param>
/// <param name="timestampMs">The sample's own time, Unix milliseconds.</param>
/// <param name="startMs">When what the sample counts began, Unix milliseconds; 0 where the target does not say.</param>
public readonly ref struct ExposedSeries(ReadOnlySpan<byte> canonicalLabels, ReadOnlySpan<byte> emptyLabels, long? timestampMs, long startMs)
{
    /// <summary>Its labels, the metric's name among them.</summary>
    public ReadOnlySpan<byte> CanonicalLabels { get; } = canonicalLabels;

    /// <summary>Labels that are there without a value.</summary>
    public ReadOnlySpan<byte> EmptyLabels { get; } = emptyLabels;

    /// <summary>The sample's own time.</summary>
    public long? TimestampMs { get; } = timestampMs;

    /// <summary>When what it counts began; 0 where that is not known.</summary>
    public long StartMs { get; } = startMs;
}
