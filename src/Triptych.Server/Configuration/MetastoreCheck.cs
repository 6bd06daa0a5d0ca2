using Triptych.Storage.Metastore;

namespace Triptych.Server.Configuration;

/// <summary>What is wrong with <c>storage.metastore</c>.</summary>
internal static class MetastoreCheck
{
    private const string Path = "storage.metastore";

    /// <summary>Every problem, with the path of the option that it is about.</summary>
    public static IEnumerable<(string Path, string Message)> Find(MetastoreConfig config)
    {
        if (config.Type != MetastoreType.Postgres) yield break;
        (string Key, string Value)[] needed = [("host", config.Host), ("database", config.Database), ("username", config.Username)];
        foreach (var (key, value) in needed)
        {
            if (value.Trim().Length == 0) yield return ($"{Path}.{key}", $"{Path}.{key} is empty");
        }

        if (config.Port is < 1 or > 65535) yield return ($"{Path}.port", $"{Path}.port is {config.Port}: a port is 1 to 65535");
        if (!PostgresOptions.IsSchemaName(config.Schema))
            yield return ($"{Path}.schema", $"{Path}.schema has to be of lower-case letters, digits and _, at most 63 of them, and not begin with a digit");
        if (config.Password is not null && config.PasswordFile is not null)
            yield return ($"{Path}.password_file", $"{Path}.password and {Path}.password_file exclude each other");
        if (config.RootCertificate is not null && config.SslMode is not (MetastoreSslMode.VerifyCa or MetastoreSslMode.VerifyFull))
            yield return ($"{Path}.root_certificate", $"{Path}.root_certificate is checked only with ssl_mode verify_ca or verify_full");
    }
}
