using System.ComponentModel;
using Triptych.Ingest.Otlp;

namespace Triptych.Server.Configuration;

/// <summary>How OTLP metrics become series, in the words of Prometheus' section otlp.</summary>
public sealed class OtlpMetricsConfig
{
    private static readonly string[] s_strategies = Enum.GetNames<TranslationStrategy>();

    /// <summary>How names are made.</summary>
    [Description(
        "How names of metrics and labels are made: UnderscoreEscapingWithSuffixes, UnderscoreEscapingWithoutSuffixes, NoUTF8EscapingWithSuffixes "
        + "or NoTranslation.")]
    public string TranslationStrategy { get; set; } = nameof(Ingest.Otlp.TranslationStrategy.UnderscoreEscapingWithSuffixes);

    /// <summary>Resource attributes that become labels.</summary>
    [Description("Resource attributes that become labels of every series.")]
    public List<string> PromoteResourceAttributes { get; set; } = [];

    /// <summary>Whether all resource attributes become labels.</summary>
    [Description("Whether all resource attributes become labels of every series, but for ignore_resource_attributes.")]
    public bool PromoteAllResourceAttributes { get; set; }

    /// <summary>Resource attributes that do not become labels.</summary>
    [Description("With promote_all_resource_attributes: those that do not.")]
    public List<string> IgnoreResourceAttributes { get; set; } = [];

    /// <summary>Whether target_info names the service.</summary>
    [Description("Whether target_info also has service.name, service.namespace and service.instance.id, which job and instance are made of.")]
    public bool KeepIdentifyingResourceAttributes { get; set; }

    /// <summary>Whether explicit histograms become native.</summary>
    [Description("Whether histograms with explicit bounds become native histograms with custom buckets instead of series _bucket, _sum and _count.")]
    public bool ConvertHistogramsToNhcb { get; set; }

    /// <summary>Whether scopes become labels.</summary>
    [Description("Whether the scope's name, version, schema URL and attributes become labels otel_scope_….")]
    public bool PromoteScopeMetadata { get; set; }

    /// <summary>Whether a leading underscore is escaped.</summary>
    [Description("Whether label names that begin with a single underscore get key before it.")]
    public bool LabelNameUnderscoreSanitization { get; set; } = true;

    /// <summary>Whether runs of underscores stay.</summary>
    [Description("Whether several underscores in a row stay in label names.")]
    public bool LabelNamePreserveMultipleUnderscores { get; set; } = true;

    /// <summary>As the decoder takes it.</summary>
    internal OtlpMetricOptions ToOptions(bool typeAndUnitLabels) => new()
    {
        TypeAndUnitLabels = typeAndUnitLabels,
        TranslationStrategy = Enum.Parse<TranslationStrategy>(TranslationStrategy),
        PromoteResourceAttributes = PromoteResourceAttributes,
        PromoteAllResourceAttributes = PromoteAllResourceAttributes,
        IgnoreResourceAttributes = IgnoreResourceAttributes,
        KeepIdentifyingResourceAttributes = KeepIdentifyingResourceAttributes,
        ConvertHistogramsToNhcb = ConvertHistogramsToNhcb,
        PromoteScopeMetadata = PromoteScopeMetadata,
        LabelNameUnderscoreSanitization = LabelNameUnderscoreSanitization,
        LabelNamePreserveMultipleUnderscores = LabelNamePreserveMultipleUnderscores,
    };

    /// <summary>Every problem, with the name of its option.</summary>
    internal IEnumerable<(string Option, string Problem)> FindProblems()
    {
        if (!s_strategies.Contains(TranslationStrategy, StringComparer.Ordinal))
            yield return ("translation_strategy", $"\"{TranslationStrategy}\" is none of {string.Join(", ", s_strategies)}");
        if (PromoteAllResourceAttributes && PromoteResourceAttributes.Count > 0)
            yield return ("promote_resource_attributes", "has no meaning beside promote_all_resource_attributes");
        if (!PromoteAllResourceAttributes && IgnoreResourceAttributes.Count > 0)
            yield return ("ignore_resource_attributes", "has no meaning without promote_all_resource_attributes");
        if (PromoteResourceAttributes.Concat(IgnoreResourceAttributes).Any(string.IsNullOrWhiteSpace))
            yield return (PromoteAllResourceAttributes ? "ignore_resource_attributes" : "promote_resource_attributes", "an attribute has no name");
    }
}
