using System.ComponentModel;
using System.Net;

namespace Triptych.Collect.Syslog;

/// <summary>How syslog comes.</summary>
public enum SyslogTransport
{
    /// <summary>TCP; messages with a length before them or a line end behind them.</summary>
    Tcp,

    /// <summary>UDP, a message a datagram.</summary>
    Udp,

    /// <summary>TCP within TLS.</summary>
    Tls,
}

/// <summary>A port that takes syslog messages.</summary>
public sealed class SyslogOptions
{
    /// <summary>How they come.</summary>
    [Description("tcp, udp or tls.")]
    public SyslogTransport Transport { get; set; } = SyslogTransport.Tcp;

    /// <summary>The address.</summary>
    [Description("The address to listen on. Syslog knows no credentials: whoever reaches it can send; tls with client_ca_file asks for certificates.")]
    public IPAddress Address { get; set; } = IPAddress.Loopback;

    /// <summary>The port.</summary>
    [Description("The port.")]
    public int Port { get; set; } = 1514;

    /// <summary>Labels made of parts.</summary>
    [Description("Labels made of parts of a message: hostname, app_name, proc_id, msg_id, severity, facility, ip_address. Other parts become structured metadata.")]
    public Dictionary<string, string> Labels { get; set; } =
        new() { ["host"] = "hostname", ["app"] = "app_name", ["severity"] = "severity", ["facility"] = "facility" };

    /// <summary>Labels of every message.</summary>
    [Description("Labels for every message.")]
    public Dictionary<string, string> StaticLabels { get; set; } = new() { ["job"] = "syslog" };

    /// <summary>Whether the time in a message counts.</summary>
    [Description("Whether the time in a message counts; otherwise when it came.")]
    public bool UseIncomingTimestamp { get; set; } = true;

    /// <summary>The zone of times without one.</summary>
    [Description("The time zone of messages that do not say theirs (RFC 3164), such as Europe/Vienna; empty for this host's.")]
    public string Timezone { get; set; } = "";

    /// <summary>The longest message.</summary>
    [Description("The longest message, in bytes; longer ones are refused and counted.")]
    public int MaxMessageLength { get; set; } = 64 * 1024;

    /// <summary>Connections at once.</summary>
    [Description("Connections at one time; further ones are closed and counted.")]
    public int MaxConnections { get; set; } = 1000;

    /// <summary>How long a connection may say nothing.</summary>
    [Description("How long a connection may say nothing before it is closed.")]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Whose messages these are.</summary>
    [Description("The tenant; empty for the default one.")]
    public string TenantId { get; set; } = "";

    /// <summary>The server's certificate.</summary>
    [Description("With tls: a PEM file with the server's certificate and those between it and its authority.")]
    public string CertFile { get; set; } = "";

    /// <summary>Its key.</summary>
    [Description("With tls: a PEM file with the certificate's private key.")]
    public string KeyFile { get; set; } = "";

    /// <summary>Who signs clients' certificates.</summary>
    [Description("With tls: a PEM file with the authorities of which clients need a certificate; empty asks for none.")]
    public string ClientCaFile { get; set; } = "";
}
