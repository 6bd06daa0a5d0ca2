using System.Text;
using Npgsql;
using Triptych.Server.Backup;
using Triptych.Server.Configuration;
using Triptych.Storage.Backup;
using Triptych.Storage.Metastore;
using Triptych.Storage.ObjectStore;

namespace Triptych.Server.Hosting;

/// <summary>
/// Opens the metastore that the configuration asks for, and sees to it that it and the data directory belong together: the write-ahead log in the
/// directory is numbered by the catalog, so with another catalog it would be taken for flushed and deleted. SQLite lies in the directory. With
/// PostgreSQL each knows the other: the directory's file <c>metastore-id</c> has the store's id and the directory's own, a line each, and the store has the
/// directory's (scope <c>data_directory</c>). The file is put first: a directory that holds nothing else is not bound yet, whatever it says.
/// </summary>
internal static class MetastoreOpening
{
    private const string SqliteFile = "metastore.db";
    private const string IdFile = "metastore-id";
    private const string BoundKey = "bound";
    private const int MostProbes = 20;

    private static readonly string[] NotData = ["lock", "restore.json", "object-cache", IdFile];

    /// <summary>Opens it, whatever the directory holds.</summary>
    /// <exception cref="StartProblem">Its password cannot be read.</exception>
    /// <exception cref="MetastoreException">It cannot be opened.</exception>
    public static async Task<IMetastore> OpenAsync(ServerConfig config, DataDirectory directory, TimeProvider time, CancellationToken cancellationToken)
    {
        if (config.Storage.Metastore.Type == MetastoreType.Sqlite) return SqliteMetastore.Open(Path.Combine(directory.Path, SqliteFile));
        return await PostgresMetastore.OpenAsync(OptionsOf(config.Storage.Metastore), time, cancellationToken);
    }

    /// <summary>Opens the catalog for reading only, beside a server or without one.</summary>
    /// <exception cref="StartProblem">Its password cannot be read, or the directory's catalog is of another kind.</exception>
    /// <exception cref="MetastoreException">It cannot be opened.</exception>
    public static ICatalogReader OpenReadOnly(MetastoreConfig config, string directory)
    {
        if (config.Type == MetastoreType.Postgres) return new PostgresCatalog(OptionsOf(config));
        if (!File.Exists(Path.Combine(directory, SqliteFile)) && File.Exists(Path.Combine(directory, IdFile)))
            throw new StartProblem($"the catalog of the data directory {directory} is in PostgreSQL: name the configuration that has it with --config");
        return SqliteMetastore.OpenReadOnly(Path.Combine(directory, SqliteFile));
    }

    /// <summary>Refuses a directory whose catalog is of the other kind. To be asked before anything is opened.</summary>
    /// <exception cref="StartProblem">It is.</exception>
    public static void CheckKind(MetastoreType type, DataDirectory directory)
    {
        const string Move = "to move it, make a backup with the configuration that it has, and restore that with the other one";
        if (type == MetastoreType.Sqlite && File.Exists(Path.Combine(directory.Path, IdFile)))
            throw new StartProblem($"the catalog of the data directory {directory.Path} is in PostgreSQL: set storage.metastore.type: postgres ({Move})");
        if (type == MetastoreType.Postgres && File.Exists(Path.Combine(directory.Path, SqliteFile)))
            throw new StartProblem($"the catalog of the data directory {directory.Path} is in its {SqliteFile}: set storage.metastore.type: sqlite ({Move})");
    }

    /// <summary>Whether the directory holds no data.</summary>
    public static bool HoldsNothing(DataDirectory directory)
    {
        foreach (var entry in new DirectoryInfo(directory.Path).EnumerateFileSystemInfos())
        {
            if (NotData.Contains(entry.Name) || entry.Name.StartsWith(RestoreMarker.AsidePrefix, StringComparison.Ordinal)) continue;
            if (entry is not DirectoryInfo folder || folder.EnumerateFiles("*", SearchOption.AllDirectories).Any()) return false;
        }

        return true;
    }

    /// <summary>Finds a PostgreSQL store to be the one that the directory belongs to, or ties the two when the directory is new.</summary>
    /// <param name="metastore">The store; nothing is looked at for any other kind.</param>
    /// <param name="objects">Where blocks lie.</param>
    /// <param name="directory">The directory.</param>
    /// <param name="wasEmpty">Whether it held nothing before it was used.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="StartProblem">They do not belong together.</exception>
    public static async Task CheckPairAsync(
        IMetastore metastore, IObjectStore objects, DataDirectory directory, bool wasEmpty, CancellationToken cancellationToken)
    {
        if (metastore is not PostgresMetastore postgres) return;
        var bound = await ReadBoundAsync(metastore, cancellationToken);
        if (await ReadFileAsync(directory, cancellationToken) is var (store, own))
        {
            if (store != postgres.StoreId.ToString("D"))
            {
                throw new StartProblem(
                    $"the data directory {directory.Path} belongs to another catalog ({store}) than the one in PostgreSQL ({postgres.StoreId:D}): see storage.metastore.database and schema, or name another data_dir");
            }

            if (own is not null && own == bound) return;
            if (bound is null)
            {
                // The first bind broke off after the file, or the directory was bound before directories had ids.
                await BindAsync(metastore, directory, cancellationToken);
                return;
            }

            if (!wasEmpty)
            {
                throw new StartProblem(
                    $"the catalog in PostgreSQL belongs to another data directory since it was used with {directory.Path}: name the data_dir that it was used with last, or another storage.metastore.schema");
            }
        }

        if (!wasEmpty) throw new StartProblem($"the data directory {directory.Path} holds data that belongs to no catalog in PostgreSQL: name another data_dir");
        var blocks = (await metastore.LoadCatalogAsync(cancellationToken)).Blocks;
        if (blocks.Count == 0 && bound is not null)
        {
            // What was acknowledged may all be in the write-ahead log of the other one, which this catalog numbers.
            throw new StartProblem(
                $"the catalog in PostgreSQL belongs to another data directory, and {directory.Path} is empty: name the data_dir that it was used with, or another storage.metastore.schema");
        }

        var found = blocks.Count == 0;
        for (var i = 0; i < Math.Min(blocks.Count, MostProbes) && !found; i++)
            found = await objects.GetLengthAsync(blocks[i].ObjectKey, cancellationToken) is not null;
        if (!found)
        {
            throw new StartProblem(
                $"the catalog in PostgreSQL names {blocks.Count} blocks, and the data directory {directory.Path} is empty: name the data_dir that belongs to it, or another storage.metastore.schema");
        }

        await BindAsync(metastore, directory, cancellationToken);
    }

    /// <summary>Ties a directory to the store, durably, and no other one any more.</summary>
    public static async Task BindAsync(IMetastore metastore, DataDirectory directory, CancellationToken cancellationToken)
    {
        if (metastore is not PostgresMetastore postgres) return;
        var own = Guid.NewGuid().ToString("D");
        DurableFile.Put(directory.Path, IdFile, Encoding.ASCII.GetBytes($"{postgres.StoreId:D}\n{own}\n"));
        await metastore.SetAsync(BackupRestorer.DirectoryScope, BoundKey, Encoding.ASCII.GetBytes(own), expectedVersion: null, cancellationToken);
    }

    /// <summary>The id of the directory that the store belongs to; null when it never was anyone's.</summary>
    private static async Task<string?> ReadBoundAsync(IMetastore metastore, CancellationToken cancellationToken) =>
        await metastore.GetAsync(BackupRestorer.DirectoryScope, BoundKey, cancellationToken) is { } stored ? Encoding.ASCII.GetString(stored.Value.Span) : null;

    /// <summary>What the directory's file says: the store's id, and its own unless it was written before directories had one. Null: there is no file.</summary>
    private static async Task<(string Store, string? Own)?> ReadFileAsync(DataDirectory directory, CancellationToken cancellationToken)
    {
        var file = Path.Combine(directory.Path, IdFile);
        if (!File.Exists(file)) return null;
        var lines = (await File.ReadAllTextAsync(file, cancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return (lines.ElementAtOrDefault(0) ?? "", lines.ElementAtOrDefault(1));
    }

    private static PostgresOptions OptionsOf(MetastoreConfig config) => new()
    {
        Host = config.Host,
        Port = config.Port,
        Database = config.Database,
        Schema = config.Schema,
        User = config.Username,
        Password = config.PasswordFile is null ? config.Password : ReadPassword(config.PasswordFile),
        SslMode = config.SslMode switch
        {
            MetastoreSslMode.Disable => SslMode.Disable,
            MetastoreSslMode.Prefer => SslMode.Prefer,
            MetastoreSslMode.Require => SslMode.Require,
            MetastoreSslMode.VerifyCa => SslMode.VerifyCA,
            _ => SslMode.VerifyFull,
        },
        RootCertificate = config.RootCertificate,
    };

    private static string ReadPassword(string file)
    {
        try
        {
            return File.ReadAllText(file).TrimEnd('\r', '\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartProblem($"storage.metastore.password_file cannot be read: {e.Message}");
        }
    }
}
