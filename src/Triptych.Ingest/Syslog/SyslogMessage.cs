namespace Triptych.Ingest.Syslog;

/// <summary>A syslog message, taken apart; the spans stand in its bytes. What it does not have is empty.</summary>
internal ref struct SyslogMessage
{
    /// <summary>0 (emergency) to 7 (debug).</summary>
    public int Severity;

    /// <summary>0 (kern) to 23 (local7).</summary>
    public int Facility;

    /// <summary>Its time, where it has one.</summary>
    public long? TimeUnixNanos;

    /// <summary>Whether the time says seconds and no fraction of them.</summary>
    public bool IsTimeCoarse;

    /// <summary>The host.</summary>
    public ReadOnlySpan<byte> HostName;

    /// <summary>The program.</summary>
    public ReadOnlySpan<byte> AppName;

    /// <summary>The process.</summary>
    public ReadOnlySpan<byte> ProcId;

    /// <summary>The kind of message.</summary>
    public ReadOnlySpan<byte> MsgId;

    /// <summary>Structured data as it stands: <c>[id name="value"…]…</c>.</summary>
    public ReadOnlySpan<byte> StructuredData;

    /// <summary>The text.</summary>
    public ReadOnlySpan<byte> Text;
}
