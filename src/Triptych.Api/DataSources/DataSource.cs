namespace Triptych.Api.DataSources;

/// <summary>What a data source speaks.</summary>
public enum DataSourceKind
{
    /// <summary>PromQL, over Prometheus' HTTP API.</summary>
    Prometheus,

    /// <summary>LogQL, over Loki's HTTP API.</summary>
    Loki,

    /// <summary>TraceQL, over Tempo's HTTP API.</summary>
    Tempo,

    /// <summary>SQL, over PostgreSQL's protocol.</summary>
    Postgres,
}

/// <summary>
/// A server beside this one that dashboards may ask. What it is reached with stays here: nothing but uid, name, kind and <see cref="TimeInterval"/> goes to
/// a browser. No record, so that no text of it is ever made with its secrets.
/// </summary>
public sealed class DataSource
{
    /// <summary>Its id: 1 to 40 letters, digits, <c>-</c> or <c>_</c>.</summary>
    public required string Uid { get; init; }

    /// <summary>How it is called.</summary>
    public required string Name { get; init; }

    /// <summary>What it speaks.</summary>
    public required DataSourceKind Kind { get; init; }

    /// <summary>Whether a panel that names no source means this one.</summary>
    public bool IsDefault { get; init; }

    /// <summary>The least step that is worth asking for, such as <c>15s</c>; empty where nobody said.</summary>
    public string TimeInterval { get; init; } = "";

    /// <summary>Where it is, for all that speak HTTP: http or https, without user, query or fragment; its path stands before every path asked for.</summary>
    public Uri? Url { get; init; }

    /// <summary>Headers that every request to it has, <c>Authorization</c> among them. Secret.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Whether its certificate may be anyone's.</summary>
    public bool SkipsTlsVerification { get; init; }

    /// <summary>Certificates (PEM) of the authorities that may have signed its certificate; null for the host's.</summary>
    public string? TrustedCertificates { get; init; }

    /// <summary>How PostgreSQL is reached, for that kind.</summary>
    public PostgresPlace? Postgres { get; init; }

    /// <summary>The type by which Grafana's documents know the kind.</summary>
    public string GrafanaType => Kind switch
    {
        DataSourceKind.Prometheus => "prometheus",
        DataSourceKind.Loki => "loki",
        DataSourceKind.Tempo => "tempo",
        _ => "grafana-postgresql-datasource",
    };
}

/// <summary>How a PostgreSQL database is reached. No record: it has a secret.</summary>
public sealed class PostgresPlace
{
    /// <summary>Host name or address; no Unix socket.</summary>
    public required string Host { get; init; }

    /// <summary>TCP port.</summary>
    public int Port { get; init; } = 5432;

    /// <summary>The database.</summary>
    public required string Database { get; init; }

    /// <summary>The role, which best may read only.</summary>
    public required string User { get; init; }

    /// <summary>Its password, or null. Secret.</summary>
    public string? Password { get; init; }

    /// <summary>Whether the connection is encrypted and what of the certificate is checked.</summary>
    public Npgsql.SslMode SslMode { get; init; } = Npgsql.SslMode.Prefer;

    /// <summary>A file with the certificates of the authorities to trust (PEM); null for the host's.</summary>
    public string? RootCertificateFile { get; init; }
}

/// <summary>What asking a data source may take.</summary>
/// <param name="Timeout">Time of one request, from the first byte sent to the last one read.</param>
/// <param name="MaxAnswerBytes">Bytes of one answer, unpacked.</param>
/// <param name="MaxRows">Rows of one answer of SQL; more are left out, which the answer says.</param>
public sealed record DataSourceLimits(TimeSpan Timeout, long MaxAnswerBytes, int MaxRows);
