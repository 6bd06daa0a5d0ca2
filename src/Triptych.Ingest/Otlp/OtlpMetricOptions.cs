namespace Triptych.Ingest.Otlp;

/// <summary>How names of OTLP metrics and attributes become those of series.</summary>
public enum TranslationStrategy
{
    /// <summary>What cannot stand in a classic name becomes an underscore; unit and type are appended.</summary>
    UnderscoreEscapingWithSuffixes,

    /// <summary>What cannot stand in a classic name becomes an underscore; nothing is appended.</summary>
    UnderscoreEscapingWithoutSuffixes,

    /// <summary>Names stay; unit and type are appended.</summary>
    NoUTF8EscapingWithSuffixes,

    /// <summary>Names stay as they are.</summary>
    NoTranslation,
}

/// <summary>How OTLP metrics become series: the <c>otlp</c> section of a Prometheus file.</summary>
public sealed record OtlpMetricOptions
{
    /// <summary>Prometheus' defaults.</summary>
    public static readonly OtlpMetricOptions Default = new();

    /// <summary>How names are made.</summary>
    public TranslationStrategy TranslationStrategy { get; init; }

    /// <summary>Resource attributes that become labels of every series.</summary>
    public IReadOnlyList<string> PromoteResourceAttributes { get; init; } = [];

    /// <summary>Whether all of them do, but for <see cref="IgnoreResourceAttributes"/>.</summary>
    public bool PromoteAllResourceAttributes { get; init; }

    /// <summary>Resource attributes that do not, where all others do.</summary>
    public IReadOnlyList<string> IgnoreResourceAttributes { get; init; } = [];

    /// <summary>Whether <c>target_info</c> also has the attributes that job and instance are made of.</summary>
    public bool KeepIdentifyingResourceAttributes { get; init; }

    /// <summary>Whether explicit histograms become native ones with custom bounds.</summary>
    public bool ConvertHistogramsToNhcb { get; init; }

    /// <summary>Whether the scope's name, version, schema and attributes become labels <c>otel_scope_…</c>.</summary>
    public bool PromoteScopeMetadata { get; init; }

    /// <summary>Whether a label that begins with one underscore gets <c>key</c> before it.</summary>
    public bool LabelNameUnderscoreSanitization { get; init; } = true;

    /// <summary>Whether runs of underscores stay in label names.</summary>
    public bool LabelNamePreserveMultipleUnderscores { get; init; } = true;

    /// <summary>Whether a metric's type and unit become the labels <c>__type__</c> and <c>__unit__</c>.</summary>
    public bool TypeAndUnitLabels { get; init; }

    /// <summary>Whether names have only the characters of classic Prometheus names.</summary>
    public bool EscapesNames => TranslationStrategy <= TranslationStrategy.UnderscoreEscapingWithoutSuffixes;

    /// <summary>Whether unit and type are appended to names.</summary>
    public bool AppendsSuffixes =>
        TranslationStrategy is TranslationStrategy.UnderscoreEscapingWithSuffixes or TranslationStrategy.NoUTF8EscapingWithSuffixes;
}
