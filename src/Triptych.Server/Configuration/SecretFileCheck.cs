namespace Triptych.Server.Configuration;

/// <summary>Whether the files of secrets that a start would read can be read. Nothing is read of them here.</summary>
internal static class SecretFileCheck
{
    /// <summary>Every problem, with the path of the option that names the file.</summary>
    public static IEnumerable<(string Path, string Message)> Find(ServerConfig config)
    {
        var (auth, metastore, objects) = (config.Auth, config.Storage.Metastore, config.Storage.ObjectStore);
        (string Path, string? File, bool IsUsed)[] files =
        [
            ("auth.token_file", auth.TokenFile, auth.Mode != AuthMode.None),
            ("auth.password_file", auth.PasswordFile, auth.Mode != AuthMode.None && auth.Password is null),
            ("storage.metastore.password_file", metastore.PasswordFile, metastore.Type == MetastoreType.Postgres),
            ("storage.object_store.secret_key_file", objects.SecretKeyFile, objects.Type == ObjectStoreType.S3),
            ("backup.secret_key_file", config.Backup.SecretKeyFile, config.Backup.Endpoint.Length > 0),
            .. config.DataSources.Sources.SelectMany(static (one, i) => (IEnumerable<(string Path, string? File, bool IsUsed)>)
            [
                ($"data_sources.sources[{i}].password_file", one.PasswordFile, true), ($"data_sources.sources[{i}].token_file", one.TokenFile, true),
                ($"data_sources.sources[{i}].ca_file", one.CaFile, true),
            ]),
        ];
        foreach (var (path, file, isUsed) in files)
        {
            if (isUsed && file is not null && ProblemOf(file) is { } problem) yield return (path, $"{path} {problem}");
        }
    }

    private static string? ProblemOf(string file)
    {
        if (file.Length == 0) return "is empty";
        try
        {
            using var opened = File.OpenRead(file);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return $"cannot be read: {e.Message.ReplaceLineEndings(" ")}";
        }
    }
}
