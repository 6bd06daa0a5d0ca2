using System.ComponentModel;
using System.Text;
using System.Text.RegularExpressions;
using Triptych.Api.Documents;
using Triptych.Collect.Syslog;
using Triptych.Ingest;
using Triptych.Ingest.Documents;
using Triptych.Ingest.Labels;
using Triptych.Ingest.LokiPush;
using Triptych.Ingest.Otlp.Logs;
using Triptych.Model;

namespace Triptych.Server.Configuration;

/// <summary>How logs come in.</summary>
public sealed class LogsConfig
{
    /// <summary>Limits, by Loki's names.</summary>
    [Description("What log records may be, by the names of Loki's limits_config. Sizes and counts are off (0) unless memory needs them.")]
    public LogLimitsConfig Limits { get; set; } = new();

    /// <summary>What OTLP's attributes become.</summary>
    [Description("What the attributes of OTLP logs become, as Loki's otlp_config.")]
    public OtlpLogsConfig OtlpConfig { get; set; } = new();

    /// <summary>Elasticsearch's bulk API.</summary>
    [Description("Elasticsearch's bulk API, below /elasticsearch on the ports of the UI and of Loki, and on listen.elasticsearch_port.")]
    public ElasticsearchConfig Elasticsearch { get; set; } = new();

    /// <summary>Ports for syslog.</summary>
    [Description("Ports that take syslog messages, RFC 5424 and RFC 3164; none by default.")]
    public List<SyslogOptions> Syslog { get; set; } = [];

    /// <summary>As decoders take it.</summary>
    internal LogIntakeOptions ToOptions(IngestConfig ingest) => new()
    {
        MaxLineBytes = Limits.MaxLineSize.Bytes == 0 ? LogLimits.MaxLineBytes : (int)Limits.MaxLineSize.Bytes,
        TruncatesLines = Limits.MaxLineSizeTruncate,
        MaxLabelNames = Limits.MaxLabelNamesPerSeries,
        MaxLabelNameBytes = Limits.MaxLabelNameLength,
        MaxLabelValueBytes = Limits.MaxLabelValueLength,
        AllowsMetadata = Limits.AllowStructuredMetadata,
        MaxMetadataBytes = (int)Math.Min(int.MaxValue, Limits.MaxStructuredMetadataSize.Bytes),
        MaxMetadataCount = Limits.MaxStructuredMetadataEntriesCount,
        ServiceNameLabels = Limits.DiscoverServiceName,
        DetectsLevels = Limits.DiscoverLogLevels,
        MaxAge = Limits.MaxAge(ingest),
        MaxFuture = Limits.MaxFuture(ingest),
        Otlp = OtlpConfig.ToMapping(),
    };

    /// <summary>Every problem, with the path of the option that it is about.</summary>
    internal IEnumerable<(string Path, string Message)> FindProblems() =>
        Limits.FindProblems().Concat(OtlpConfig.FindProblems()).Concat(Elasticsearch.FindProblems()).Concat(Syslog.SelectMany(FindSyslogProblems))
            .Select(static p => ($"logs.{p.Option}", $"logs.{p.Option} {p.Problem}"));

    internal static bool IsLabel(string name) => LokiPushDecoder.IsLabelName(Encoding.UTF8.GetBytes(name));

    private static IEnumerable<(string Option, string Problem)> FindSyslogProblems(SyslogOptions port, int at)
    {
        var path = $"syslog[{at}]";
        if (port.Port is < 1 or > 65535) yield return ($"{path}.port", "has to be 1 to 65535");
        foreach (var name in port.Labels.Keys.Concat(port.StaticLabels.Keys).Where(static n => !IsLabel(n)))
        {
            var shown = name.Any(char.IsControl) ? "?" : name;
            yield return ($"{path}.labels", $"has a name that is none (\"{shown}\"): letters, digits, _ and :, not beginning with a digit");
        }

        foreach (var part in port.Labels.Values.Where(static p => SyslogLabels.PartOf(p) is null))
            yield return ($"{path}.labels", $"has \"{part}\", which is none of {string.Join(", ", SyslogLabels.PartNames)}");
        if (port.Labels.Count + port.StaticLabels.Count == 0) yield return ($"{path}.labels", "and static_labels are empty: a stream needs a label");
        if (port.Timezone.Length > 0 && !TimeZoneInfo.TryFindSystemTimeZoneById(port.Timezone, out _))
            yield return ($"{path}.timezone", $"\"{port.Timezone}\" is not known");
        if (port.MaxMessageLength is < 480 or > LogLimits.MaxLineBytes)
            yield return ($"{path}.max_message_length", $"has to be 480 to {LogLimits.MaxLineBytes}");
        if (port.MaxConnections < 1) yield return ($"{path}.max_connections", "has to be at least 1");
        if (port.IdleTimeout <= TimeSpan.Zero) yield return ($"{path}.idle_timeout", "has to be more than 0");
        if (port.TenantId.Length > 0 && !Model.TenantId.TryParse(port.TenantId, out _)) yield return ($"{path}.tenant_id", "is not a valid tenant name");
        var isTls = port.Transport == SyslogTransport.Tls;
        if (isTls && (port.CertFile.Length == 0 || port.KeyFile.Length == 0)) yield return ($"{path}.cert_file", "and key_file are needed for tls");
        if (!isTls && port.CertFile.Length + port.KeyFile.Length + port.ClientCaFile.Length > 0)
            yield return ($"{path}.cert_file", "and the other files mean nothing without transport: tls");
    }
}

/// <summary>Limits by Loki's names.</summary>
public sealed class LogLimitsConfig
{
    /// <summary>The longest line.</summary>
    [Description("The longest line; 0 is the most that is ever taken, 10MiB.")]
    public ByteSize MaxLineSize { get; set; }

    /// <summary>Whether longer ones are cut.</summary>
    [Description("Whether longer lines are cut instead of refused.")]
    public bool MaxLineSizeTruncate { get; set; }

    /// <summary>Labels of a stream.</summary>
    [Description("Labels of a stream, service_name not counted; 0 for any number.")]
    public int MaxLabelNamesPerSeries { get; set; }

    /// <summary>Bytes of a label's name.</summary>
    [Description("Bytes of a label's name; 0 for any.")]
    public int MaxLabelNameLength { get; set; }

    /// <summary>Bytes of a label's value.</summary>
    [Description("Bytes of a label's value; 0 for any.")]
    public int MaxLabelValueLength { get; set; }

    /// <summary>Whether structured metadata is taken.</summary>
    [Description("Whether records may have structured metadata; records that do are refused otherwise.")]
    public bool AllowStructuredMetadata { get; set; } = true;

    /// <summary>Bytes of structured metadata.</summary>
    [Description("Bytes of a record's structured metadata; 0 for any, up to 1MiB.")]
    public ByteSize MaxStructuredMetadataSize { get; set; }

    /// <summary>Pieces of structured metadata.</summary>
    [Description("Pieces of structured metadata of a record; 0 for any number.")]
    public int MaxStructuredMetadataEntriesCount { get; set; }

    /// <summary>Whether old records are refused.</summary>
    [Description("Whether records older than reject_old_samples_max_age are refused.")]
    public bool RejectOldSamples { get; set; } = true;

    /// <summary>How old a record may be.</summary>
    [Description("How old records may be when they arrive, in any order within that; 0 is ingest.max_age.")]
    public TimeSpan RejectOldSamplesMaxAge { get; set; }

    /// <summary>How far ahead a record may be.</summary>
    [Description("How far ahead of this host's clock records may be; 0 is ingest.max_future.")]
    public TimeSpan CreationGracePeriod { get; set; }

    /// <summary>Labels that tell the service.</summary>
    [Description("Labels of which the first that a stream has becomes its service_name, unknown_service without any; an empty list: service_name is not added.")]
    public List<string> DiscoverServiceName { get; set; } = [.. ServiceNames.DefaultSources];

    /// <summary>Whether the level is looked for.</summary>
    [Description("Whether the level of a record is looked for in its labels, its metadata and its line.")]
    public bool DiscoverLogLevels { get; set; } = true;

    internal TimeSpan MaxAge(IngestConfig ingest) =>
        !RejectOldSamples ? TimeSpan.MaxValue : RejectOldSamplesMaxAge > TimeSpan.Zero ? RejectOldSamplesMaxAge : ingest.MaxAge;

    internal TimeSpan MaxFuture(IngestConfig ingest) => CreationGracePeriod > TimeSpan.Zero ? CreationGracePeriod : ingest.MaxFuture;

    internal IEnumerable<(string Option, string Problem)> FindProblems()
    {
        if (MaxLineSize.Bytes is < 0 or > LogLimits.MaxLineBytes) yield return ("limits.max_line_size", "has to be 0 to 10MiB");
        (string Name, long Value)[] counts =
        [
            ("max_label_names_per_series", MaxLabelNamesPerSeries), ("max_label_name_length", MaxLabelNameLength),
            ("max_label_value_length", MaxLabelValueLength), ("max_structured_metadata_size", MaxStructuredMetadataSize.Bytes),
            ("max_structured_metadata_entries_count", MaxStructuredMetadataEntriesCount),
            ("reject_old_samples_max_age", RejectOldSamplesMaxAge.Ticks), ("creation_grace_period", CreationGracePeriod.Ticks),
        ];
        foreach (var (name, value) in counts)
        {
            if (value < 0) yield return ($"limits.{name}", "has to be at least 0");
        }

        if (DiscoverServiceName.Exists(string.IsNullOrWhiteSpace)) yield return ("limits.discover_service_name", "has a label without a name");
    }
}

/// <summary>Elasticsearch's bulk API.</summary>
public sealed class ElasticsearchConfig
{
    /// <summary>Fields with the time.</summary>
    [Description("Fields of a document that hold its time; numbers are milliseconds.")]
    public List<string> TimeFields { get; set; } = ["@timestamp"];

    /// <summary>Fields with the line.</summary>
    [Description("Fields of which the first that a document has is the line; without any the whole document is.")]
    public List<string> MessageFields { get; set; } = [.. DocumentOptions.UsualMessageFields];

    /// <summary>Fields that are labels.</summary>
    [Description("Fields that are labels of the stream, beside index; all others become structured metadata.")]
    public List<string> LabelFields { get; set; } = ["service.name", "host.name"];

    /// <summary>What shippers are told.</summary>
    [Description("The version of Elasticsearch that shippers are told; some refuse to send to older ones than they are.")]
    public string Version { get; set; } = "8.17.0";

    internal ElasticsearchOptions ToOptions() => new(new DocumentOptions(TimeFields, MessageFields, LabelFields, [], numbersAreMillis: true), Version);

    internal IEnumerable<(string Option, string Problem)> FindProblems()
    {
        if (TimeFields.Concat(MessageFields).Concat(LabelFields).Any(string.IsNullOrEmpty)) yield return ("elasticsearch", "has a field without a name");
        if (!Regex.IsMatch(Version, @"^\d+\.\d+\.\d+$", RegexOptions.NonBacktracking)) yield return ("elasticsearch.version", "has to be like 8.17.0");
    }
}
