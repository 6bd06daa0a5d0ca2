using System.Text;
using System.Text.RegularExpressions;

namespace Triptych.Ingest.Otlp.Logs;

/// <summary>What becomes of an attribute.</summary>
public enum OtlpAttributeAction
{
    /// <summary>Structured metadata of the record.</summary>
    StructuredMetadata,

    /// <summary>A label of the stream; only resource attributes can be.</summary>
    IndexLabel,

    /// <summary>Nothing.</summary>
    Drop,
}

/// <summary>A rule for attributes, by name or by a pattern of the whole name; one of both is given.</summary>
public sealed record OtlpAttributeRule(OtlpAttributeAction Action, IReadOnlyList<string> Attributes, Regex? Pattern);

/// <summary>
/// What OTLP's attributes become, as Loki's <c>otlp_config</c>: names first, then patterns in their order, else structured metadata. Immutable.
/// </summary>
public sealed class OtlpLogMapping
{
    /// <summary>Resource attributes that are labels where nothing else is configured, as in Loki.</summary>
    public static readonly IReadOnlyList<string> DefaultIndexLabels =
    [
        "service.name", "service.namespace", "service.instance.id", "deployment.environment", "deployment.environment.name", "cloud.region",
        "cloud.availability_zone", "k8s.cluster.name", "k8s.namespace.name", "k8s.pod.name", "k8s.container.name", "container.name",
        "k8s.replicaset.name", "k8s.deployment.name", "k8s.statefulset.name", "k8s.daemonset.name", "k8s.cronjob.name", "k8s.job.name",
    ];

    /// <summary>Loki's defaults.</summary>
    public static readonly OtlpLogMapping Default =
        new([new OtlpAttributeRule(OtlpAttributeAction.IndexLabel, DefaultIndexLabels, null)], [], [], severityTextAsLabel: false);

    private readonly Rules _resource;
    private readonly Rules _scope;
    private readonly Rules _record;

    /// <summary>Makes a mapping of rules for each kind of attribute.</summary>
    /// <exception cref="ArgumentException">An attribute of a scope or record shall be a label.</exception>
    public OtlpLogMapping(
        IEnumerable<OtlpAttributeRule> resource, IEnumerable<OtlpAttributeRule> scope, IEnumerable<OtlpAttributeRule> record, bool severityTextAsLabel)
    {
        _resource = new Rules(resource);
        _scope = new Rules(scope);
        _record = new Rules(record);
        if (_scope.HasLabels || _record.HasLabels) throw new ArgumentException("only resource attributes can be labels");
        SeverityTextAsLabel = severityTextAsLabel;
    }

    /// <summary>Whether a record's severity text is a label of its stream.</summary>
    public bool SeverityTextAsLabel { get; }

    internal OtlpAttributeAction OfResource(ReadOnlySpan<byte> key) => _resource.Find(key);

    internal OtlpAttributeAction OfScope(ReadOnlySpan<byte> key) => _scope.Find(key);

    internal OtlpAttributeAction OfRecord(ReadOnlySpan<byte> key) => _record.Find(key);

    private sealed class Rules
    {
        private readonly (byte[] Key, OtlpAttributeAction Action)[] _names;
        private readonly (Regex Pattern, OtlpAttributeAction Action)[] _patterns;

        public Rules(IEnumerable<OtlpAttributeRule> rules)
        {
            var all = rules.ToList();
            _names = [.. all.SelectMany(static r => r.Attributes.Select(a => (Encoding.UTF8.GetBytes(a), r.Action)))];
            _patterns = [.. all.Where(static r => r.Pattern is not null).Select(static r => (r.Pattern!, r.Action))];
            HasLabels = all.Exists(static r => r.Action == OtlpAttributeAction.IndexLabel);
        }

        public bool HasLabels { get; }

        public OtlpAttributeAction Find(ReadOnlySpan<byte> key)
        {
            foreach (var (name, action) in _names)
            {
                if (key.SequenceEqual(name)) return action;
            }

            if (_patterns.Length == 0) return OtlpAttributeAction.StructuredMetadata;
            var text = Encoding.UTF8.GetString(key);
            foreach (var (pattern, action) in _patterns)
            {
                if (pattern.IsMatch(text)) return action;
            }

            return OtlpAttributeAction.StructuredMetadata;
        }
    }
}
