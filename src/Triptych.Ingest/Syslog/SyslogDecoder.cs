using System.Text;
using Triptych.Ingest.LokiPush;
using Triptych.Model.Logs;
using Triptych.Primitives.Binary;

namespace Triptych.Ingest.Syslog;

/// <summary>The parts of a syslog message that can be labels.</summary>
public enum SyslogPart
{
    /// <summary>The host.</summary>
    HostName,

    /// <summary>The program.</summary>
    AppName,

    /// <summary>The process.</summary>
    ProcId,

    /// <summary>The kind of message.</summary>
    MsgId,

    /// <summary>The severity's name.</summary>
    Severity,

    /// <summary>The facility's name.</summary>
    Facility,

    /// <summary>The address of the sender.</summary>
    IpAddress,
}

/// <summary>How syslog messages become log records.</summary>
/// <param name="Labels">Parts that are labels, by the label's name; of the others those that a message has are structured metadata.</param>
/// <param name="FixedLabels">Labels of every stream.</param>
/// <param name="UsesTheirTime">Whether a message's own time counts; otherwise when it came.</param>
/// <param name="Zone">The zone of times that have none.</param>
/// <param name="Intake">Limits, and what is found out.</param>
public sealed record SyslogMapping(
    IReadOnlyList<KeyValuePair<string, SyslogPart>> Labels, IReadOnlyList<KeyValuePair<string, string>> FixedLabels, bool UsesTheirTime, TimeZoneInfo Zone,
    LogIntakeOptions Intake);

/// <summary>
/// Makes log records of syslog messages, RFC 5424 and 3164 told apart by themselves. The text is the line, structured data becomes structured metadata, the
/// level comes from the severity. One owner, one thread at a time.
/// </summary>
public sealed class SyslogDecoder : IDisposable
{
    private const int NanosPerSecond = 1_000_000_000;

    private static readonly SyslogPart[] Parts = Enum.GetValues<SyslogPart>();
    private static readonly byte[][] PartNames =
    [
        .. new[] { "hostname", "app_name", "proc_id", "msg_id", "severity", "facility", "ip_address" }.Select(Encoding.UTF8.GetBytes),
    ];

    private static readonly byte[][] Severities =
    [
        .. new[] { "emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug" }.Select(Encoding.UTF8.GetBytes),
    ];

    private static readonly byte[][] Facilities =
    [
        .. new[]
        {
            "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp", "security", "console",
            "solaris-cron", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    private readonly SyslogMapping _mapping;
    private readonly PushStreamWriter _writer;
    private readonly PooledBufferWriter _value = new();
    private readonly PooledBufferWriter _name = new();
    private readonly (byte[] Label, SyslogPart Part)[] _labels;
    private readonly (byte[] Name, byte[] Value)[] _fixedLabels;
    private int _count;

    /// <summary>Makes a decoder that fills a batch.</summary>
    public SyslogDecoder(SyslogMapping mapping, LogBatch batch, DecodeOutcome outcome)
    {
        _mapping = mapping;
        _writer = new PushStreamWriter(batch, outcome, mapping.Intake);
        _labels = [.. mapping.Labels.Select(static l => (Encoding.UTF8.GetBytes(l.Key), l.Value))];
        _fixedLabels = [.. mapping.FixedLabels.Select(static l => (Encoding.UTF8.GetBytes(l.Key), Encoding.UTF8.GetBytes(l.Value)))];
    }

    /// <summary>Takes a message; one of nothing but space is none.</summary>
    /// <param name="message">The message without its framing.</param>
    /// <param name="now">When it came.</param>
    /// <param name="address">The sender's address, in ASCII.</param>
    public void Take(ReadOnlySpan<byte> message, DateTimeOffset now, ReadOnlySpan<byte> address)
    {
        message = message.TrimEnd("\r\n\0 "u8);
        if (message.IsEmpty) return;
        var parsed = SyslogParser.Parse(message, now, _mapping.Zone);
        _writer.Labels.Reset();
        foreach (var (name, value) in _fixedLabels) _writer.Labels.Add(name, value);
        foreach (var (label, part) in _labels)
        {
            var value = ValueOf(parsed, part, address);
            if (!value.IsEmpty) _writer.Labels.Add(label, value);
        }

        _writer.BeginStream(null, settlesCollisions: true);
        _writer.BeginEntry();
        AddMetadata(parsed);
        _writer.TellLevel(LevelOf(parsed.Severity));
        _writer.AddEntry(TimeOf(parsed, now), parsed.Text);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _writer.Dispose();
        _value.Dispose();
        _name.Dispose();
    }

    private static LogLevel LevelOf(int severity) => severity switch
    {
        0 => LogLevel.Fatal,
        1 or 2 => LogLevel.Critical,
        3 => LogLevel.Error,
        4 => LogLevel.Warn,
        7 => LogLevel.Debug,
        _ => LogLevel.Info,
    };

    private static ReadOnlySpan<byte> ValueOf(in SyslogMessage message, SyslogPart part, ReadOnlySpan<byte> address) => part switch
    {
        SyslogPart.HostName => message.HostName,
        SyslogPart.AppName => message.AppName,
        SyslogPart.ProcId => message.ProcId,
        SyslogPart.MsgId => message.MsgId,
        SyslogPart.Severity => Severities[message.Severity],
        SyslogPart.Facility => Facilities[message.Facility],
        _ => address,
    };

    private void AddMetadata(in SyslogMessage message)
    {
        foreach (var part in Parts)
        {
            if (part == SyslogPart.IpAddress || Array.Exists(_labels, l => l.Part == part)) continue;
            _writer.AddMetadata(PartNames[(int)part], ValueOf(message, part, default));
        }

        var data = new StructuredData(message.StructuredData, _value);
        while (data.TryRead(out var id, out var name))
        {
            // What programs call the trace they take part in is found under one name, whoever's element it stands in.
            _name.Reset();
            if (name.SequenceEqual("trace_id"u8) || name.SequenceEqual("traceId"u8) || name.SequenceEqual("trace.id"u8)) _name.Write("trace_id"u8);
            else if (name.SequenceEqual("span_id"u8) || name.SequenceEqual("spanId"u8) || name.SequenceEqual("span.id"u8)) _name.Write("span_id"u8);
            else
            {
                _name.Write(id);
                _name.WriteByte((byte)'_');
                _name.Write(name);
            }

            _writer.AddMetadata(_name.WrittenSpan, _value.WrittenSpan);
        }
    }

    /// <summary>
    /// Times of whole seconds, and those of arrival, get a few nanoseconds that count up: messages that are alike stay several, in
    /// the order in which they came.
    /// </summary>
    private long TimeOf(in SyslogMessage message, DateTimeOffset now)
    {
        var isTheirs = _mapping.UsesTheirTime && message.TimeUnixNanos is not null;
        if (isTheirs && !message.IsTimeCoarse) return message.TimeUnixNanos!.Value;
        _count = (_count + 1) % NanosPerSecond;
        return (isTheirs ? message.TimeUnixNanos!.Value : UnixNanos.Of(now)) + _count;
    }
}
