namespace Triptych.Ingest.Exposition;

/// <summary>The formats that targets expose metrics in.</summary>
public enum ExpositionFormat
{
    /// <summary>The Prometheus text format, versions 0.0.4 and 1.0.0 (which adds quoted UTF-8 names).</summary>
    Prometheus,

    /// <summary>OpenMetrics 1.0: times in seconds, exemplars, units, a mandatory end.</summary>
    OpenMetrics,

    /// <summary>Prometheus' protobuf format, the only one with native histograms; <see cref="ProtobufExposition"/> reads it.</summary>
    Protobuf,
}

/// <summary>What a line of an exposition says.</summary>
public enum ExpositionItem
{
    /// <summary>A sample.</summary>
    Sample,

    /// <summary>A metric family's type.</summary>
    Type,

    /// <summary>A metric family's help text.</summary>
    Help,

    /// <summary>A metric family's unit.</summary>
    Unit,
}
