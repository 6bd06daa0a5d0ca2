using System.ComponentModel;

namespace Triptych.Server.Configuration;

/// <summary>What holds the catalog and the small state beside it.</summary>
public enum MetastoreType
{
    /// <summary>A file in the data directory.</summary>
    Sqlite,

    /// <summary>A PostgreSQL database.</summary>
    Postgres,
}

/// <summary>How the connection to PostgreSQL is protected.</summary>
public enum MetastoreSslMode
{
    /// <summary>Never encrypted.</summary>
    Disable,

    /// <summary>Encrypted where the server can.</summary>
    Prefer,

    /// <summary>Encrypted, with whichever certificate.</summary>
    Require,

    /// <summary>Encrypted, with a certificate of a trusted authority.</summary>
    VerifyCa,

    /// <summary>The same, and it has to be the host's.</summary>
    VerifyFull,
}

/// <summary>Where the catalog is.</summary>
public sealed class MetastoreConfig
{
    /// <summary>Which kind.</summary>
    [Description("sqlite: a file in the data directory. postgres: a schema of a PostgreSQL database (13 or newer), one server at a time; the other options here are for it.")]
    public MetastoreType Type { get; set; } = MetastoreType.Sqlite;

    /// <summary>PostgreSQL's host.</summary>
    [Description("PostgreSQL's host name or address, or the directory of its Unix socket.")]
    public string Host { get; set; } = "localhost";

    /// <summary>PostgreSQL's port.</summary>
    [Description("PostgreSQL's port.")]
    public int Port { get; set; } = 5432;

    /// <summary>The database.</summary>
    [Description("The database. It has to be there.")]
    public string Database { get; set; } = "triptych";

    /// <summary>The schema.</summary>
    [Description("The schema that holds the tables; made when it is missing. Several servers may share a database with a schema each.")]
    public string Schema { get; set; } = "triptych";

    /// <summary>The role.</summary>
    [Description("The role to connect as; it has to own the schema, or may create it.")]
    public string Username { get; set; } = "triptych";

    /// <summary>Its password.</summary>
    [Description("The role's password. Better in password_file or the environment (TRIPTYCH_STORAGE_METASTORE_PASSWORD).")]
    public string? Password { get; set; }

    /// <summary>A file with the password.</summary>
    [Description("A file with the role's password.")]
    public string? PasswordFile { get; set; }

    /// <summary>Encryption.</summary>
    [Description("disable, prefer, require, verify_ca or verify_full, as PostgreSQL's own clients know them.")]
    public MetastoreSslMode SslMode { get; set; } = MetastoreSslMode.Prefer;

    /// <summary>Trusted authorities.</summary>
    [Description("A file with the certificates of the authorities to trust (PEM), for verify_ca and verify_full. Without it the host's are.")]
    public string? RootCertificate { get; set; }
}
