using System.ComponentModel;
using System.Text.RegularExpressions;
using Triptych.Ingest.Otlp.Logs;

namespace Triptych.Server.Configuration;

/// <summary>What OTLP's attributes become, by the names of Loki's otlp_config.</summary>
public sealed class OtlpLogsConfig
{
    /// <summary>Resource attributes.</summary>
    [Description("Resource attributes. Those that are not named become structured metadata.")]
    public OtlpResourceAttributesConfig ResourceAttributes { get; set; } = new();

    /// <summary>Scope attributes.</summary>
    [Description("Scope attributes: structured_metadata or drop.")]
    public List<OtlpAttributesConfig> ScopeAttributes { get; set; } = [];

    /// <summary>Record attributes.</summary>
    [Description("Attributes of log records: structured_metadata or drop.")]
    public List<OtlpAttributesConfig> LogAttributes { get; set; } = [];

    /// <summary>Whether the severity text is a label.</summary>
    [Description("Whether a record's severity text is a label, severity_text, rather than structured metadata.")]
    public bool SeverityTextAsLabel { get; set; }

    /// <summary>As the decoder takes it.</summary>
    internal OtlpLogMapping ToMapping()
    {
        var resource = ResourceAttributes.AttributesConfig.Select(static r => r.ToRule());
        if (!ResourceAttributes.IgnoreDefaults)
            resource = resource.Append(new OtlpAttributeRule(OtlpAttributeAction.IndexLabel, OtlpLogMapping.DefaultIndexLabels, null));
        return new OtlpLogMapping(resource, ScopeAttributes.Select(static r => r.ToRule()), LogAttributes.Select(static r => r.ToRule()), SeverityTextAsLabel);
    }

    internal IEnumerable<(string Option, string Problem)> FindProblems()
    {
        (string Path, List<OtlpAttributesConfig> Rules, bool TakesLabels)[] all =
        [
            ("resource_attributes.attributes_config", ResourceAttributes.AttributesConfig, true), ("scope_attributes", ScopeAttributes, false),
            ("log_attributes", LogAttributes, false),
        ];
        foreach (var (path, rules, takesLabels) in all)
        {
            for (var i = 0; i < rules.Count; i++)
            {
                var option = $"otlp_config.{path}[{i}]";
                if (!takesLabels && rules[i].Action == OtlpLogAction.IndexLabel)
                    yield return ($"{option}.action", "is index_label, which only resource attributes can be");
                if (rules[i].Attributes.Count == 0 == (rules[i].Regex.Length == 0)) yield return (option, "needs either attributes or a regex");
                if (!rules[i].HasGoodRegex()) yield return ($"{option}.regex", "is not a regular expression");
            }
        }
    }
}

/// <summary>Resource attributes.</summary>
public sealed class OtlpResourceAttributesConfig
{
    /// <summary>Whether the usual labels are left out.</summary>
    [Description("Whether the resource attributes that are labels by default are not.")]
    public bool IgnoreDefaults { get; set; }

    /// <summary>Rules.</summary>
    [Description("Rules, those with names before those with a regex, each in their order.")]
    public List<OtlpAttributesConfig> AttributesConfig { get; set; } = [];
}

/// <summary>What becomes of attributes.</summary>
public enum OtlpLogAction
{
    /// <summary>Structured metadata.</summary>
    StructuredMetadata,

    /// <summary>A label of the stream.</summary>
    IndexLabel,

    /// <summary>Nothing.</summary>
    Drop,
}

/// <summary>A rule for attributes.</summary>
public sealed class OtlpAttributesConfig
{
    /// <summary>What becomes of them.</summary>
    [Description("index_label, structured_metadata or drop.")]
    public OtlpLogAction Action { get; set; } = OtlpLogAction.StructuredMetadata;

    /// <summary>Their names.</summary>
    [Description("Names of attributes.")]
    public List<string> Attributes { get; set; } = [];

    /// <summary>A pattern of their names.</summary>
    [Description("A regular expression that has to match the whole name.")]
    public string Regex { get; set; } = "";

    internal bool HasGoodRegex()
    {
        try
        {
            return Regex.Length == 0 || Compile() is not null;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return false;
        }
    }

    internal OtlpAttributeRule ToRule() => new((OtlpAttributeAction)Action, Attributes, Regex.Length == 0 ? null : Compile());

    private Regex Compile() => new($"^(?:{Regex})$", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
}
