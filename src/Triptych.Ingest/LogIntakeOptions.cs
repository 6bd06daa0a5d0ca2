using Triptych.Ingest.Labels;
using Triptych.Ingest.Otlp.Logs;

namespace Triptych.Ingest;

/// <summary>
/// What log records may be, whichever way they come in, and what is found out about them. Named in the configuration as Loki names it; limits are off unless
/// memory needs them. A limit of 0 is none.
/// </summary>
public sealed record LogIntakeOptions
{
    /// <summary>No limits but those that memory needs.</summary>
    public static readonly LogIntakeOptions Default = new();

    /// <summary>The longest line, in bytes.</summary>
    public int MaxLineBytes { get; init; } = LogLimits.MaxLineBytes;

    /// <summary>Whether a longer line is cut to that instead of refused.</summary>
    public bool TruncatesLines { get; init; }

    /// <summary>How old a record may be; for protocols that answer for each record. The store has the last word.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.MaxValue;

    /// <summary>How far ahead of the clock a record may be, as above.</summary>
    public TimeSpan MaxFuture { get; init; } = TimeSpan.MaxValue;

    /// <summary>Labels of a stream, <c>service_name</c> not counted.</summary>
    public int MaxLabelNames { get; init; }

    /// <summary>Bytes of a label's name.</summary>
    public int MaxLabelNameBytes { get; init; }

    /// <summary>Bytes of a label's value.</summary>
    public int MaxLabelValueBytes { get; init; }

    /// <summary>Whether records may have structured metadata.</summary>
    public bool AllowsMetadata { get; init; } = true;

    /// <summary>Bytes of a record's structured metadata, names and values.</summary>
    public int MaxMetadataBytes { get; init; }

    /// <summary>Pieces of structured metadata of a record.</summary>
    public int MaxMetadataCount { get; init; }

    /// <summary>
    /// Labels of which the first that a stream has names its service, where it has no <c>service_name</c>; none: services are not looked for.
    /// </summary>
    public IReadOnlyList<string> ServiceNameLabels
    {
        get;
        init
        {
            field = value;
            ServiceLabels = ServiceNames.Utf8(value);
        }
    } = ServiceNames.DefaultSources;

    /// <summary>Whether the level is looked for in labels, metadata and line.</summary>
    public bool DetectsLevels { get; init; } = true;

    /// <summary><see cref="ServiceNameLabels"/> as bytes.</summary>
    internal byte[][] ServiceLabels { get; private init; } = ServiceNames.Utf8(ServiceNames.DefaultSources);

    /// <summary>What OTLP's attributes become.</summary>
    public OtlpLogMapping Otlp { get; init; } = OtlpLogMapping.Default;
}
