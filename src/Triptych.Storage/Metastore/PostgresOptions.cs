using System.Text.RegularExpressions;
using Npgsql;

namespace Triptych.Storage.Metastore;

/// <summary>Where the PostgreSQL database is and how patient the program is with it.</summary>
public sealed partial record PostgresOptions
{
    /// <summary>Host name, address, or the directory of a Unix socket.</summary>
    public required string Host { get; init; }

    /// <summary>TCP port, or the number in the socket's name.</summary>
    public int Port { get; init; } = 5432;

    /// <summary>Name of the database; it exists.</summary>
    public required string Database { get; init; }

    /// <summary>The schema that holds the tables; made when it is missing. Each schema is a metastore of its own.</summary>
    public string Schema { get; init; } = "triptych";

    /// <summary>The role.</summary>
    public required string User { get; init; }

    /// <summary>Its password, or null where the server asks for none. In no message.</summary>
    public string? Password { get; init; }

    /// <summary>Whether the connection is encrypted and what of the certificate is checked.</summary>
    public SslMode SslMode { get; init; } = SslMode.Prefer;

    /// <summary>Certificates of the authorities to trust (PEM), or null for the system's.</summary>
    public string? RootCertificate { get; init; }

    /// <summary>How long one attempt to connect may take.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long one statement may take before the server ends it.</summary>
    public TimeSpan StatementTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a call waits for a server that went away to come back, counted from its first failure. Short, for a stop of the program waits
    /// for it too; flushes try again by themselves.
    /// </summary>
    public TimeSpan RetryFor { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Pause before the first of these attempts; it doubles up to a second.</summary>
    public TimeSpan FirstRetryDelay { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How long to wait for the lock of a process that has just ended, before it counts as held by another one.</summary>
    public TimeSpan LockPatience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Host, port and database, for messages.</summary>
    internal string Place => $"PostgreSQL at {Host}:{Port}, database {Database}";

    /// <summary>Whether a name can stand for a schema without quoting.</summary>
    public static bool IsSchemaName(string name) => SchemaName().IsMatch(name);

    internal string ConnectionString(string applicationName)
    {
        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = Host,
            Port = Port,
            Database = Database,
            Username = User,
            Password = Password,
            SearchPath = Schema,
            SslMode = SslMode,
            RootCertificate = RootCertificate,
            ApplicationName = applicationName,

            // One connection that holds the writer's lock: a pool would hand out others.
            Pooling = false,
            Timeout = Math.Max(1, (int)ConnectTimeout.TotalSeconds),

            // The server ends a statement first and says so; this is for a server that does not answer at all.
            CommandTimeout = (int)StatementTimeout.TotalSeconds + 5,
            CancellationTimeout = 1000,
            GssEncryptionMode = GssEncryptionMode.Disable,
            IncludeErrorDetail = false,
        };
        return builder.ConnectionString;
    }

    [GeneratedRegex("^[a-z_][a-z0-9_]{0,62}$")]
    private static partial Regex SchemaName();
}
