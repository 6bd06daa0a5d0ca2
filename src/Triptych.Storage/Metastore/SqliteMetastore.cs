using System.Reflection;
using System.Runtime.InteropServices;
using Dapper;
using Microsoft.Data.Sqlite;
using SQLitePCL;
using Triptych.Model;

namespace Triptych.Storage.Metastore;

/// <summary>
/// The metastore in one SQLite file of the embedded mode. Write-ahead journal with <c>synchronous=FULL</c>: a commit is on stable storage
/// when it returns, and the files may be copied or the process killed at any moment. One connection, one call at a time, off the caller's
/// thread (SQLite has no asynchronous calls: the statements below run to their end on the pool's thread). A call that fails costs the
/// connection, which the next call opens anew: a full disk makes SQLite roll back by itself, and nothing is to be left of that.
/// </summary>
public sealed class SqliteMetastore : IMetastore
{
    private const string SystemLibrary = "libsqlite3.so.0";
    private static readonly Lock ProviderGate = new();
    private static bool _providerReady;

    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private readonly string _path;
    private readonly SqliteOpenMode _mode;
    private readonly TenantNumbers _tenantNumbers = new();
    private SqliteConnection? _connection;

    private SqliteMetastore(SqliteConnection connection, string path, SqliteOpenMode mode, bool isNew)
    {
        _connection = connection;
        _path = path;
        _mode = mode;
        IsNew = isNew;
    }

    /// <inheritdoc/>
    public bool IsNew { get; }

    /// <summary>Opens the file, makes it if it is missing, and brings it to the current schema.</summary>
    /// <param name="path">Path of the file; its directory exists.</param>
    /// <exception cref="MetastoreTooNewException">A newer program wrote it.</exception>
    /// <exception cref="MetastoreException">It cannot be opened or is not a metastore.</exception>
    public static SqliteMetastore Open(string path)
    {
        UseSystemLibrary();
        SqliteConnection? connection = null;
        SqliteMetastore? opened = null;
        try
        {
            connection = Connect(path, SqliteOpenMode.ReadWriteCreate);

            // Whoever connects again does not make a file that has gone meanwhile.
            opened = new SqliteMetastore(connection, path, SqliteOpenMode.ReadWrite, isNew: SqliteSchema.Migrate(connection, path) == 0);
            return opened;
        }
        catch (SqliteException e)
        {
            throw Failure(path, "cannot be opened", e);
        }
        finally
        {
            if (opened is null)
                connection?.Dispose();
        }
    }

    /// <summary>
    /// Opens an existing file for reading only, for tools; also while another process has it open for writing. What changes it fails.
    /// </summary>
    /// <param name="path">Path of the file.</param>
    /// <exception cref="MetastoreTooNewException">A newer program wrote it.</exception>
    /// <exception cref="MetastoreException">It is not there, cannot be opened, is not a metastore, or is of an older schema.</exception>
    public static SqliteMetastore OpenReadOnly(string path)
    {
        UseSystemLibrary();
        if (!File.Exists(path))
            throw new MetastoreException($"{path} is not there: is this a data directory?");
        SqliteConnection? connection = null;
        SqliteMetastore? opened = null;
        try
        {
            connection = Connect(path, SqliteOpenMode.ReadOnly);
            SqliteSchema.RequireCurrent(connection, path);
            opened = new SqliteMetastore(connection, path, SqliteOpenMode.ReadOnly, isNew: false);
            return opened;
        }
        catch (SqliteException e)
        {
            throw Failure(path, "cannot be read", e);
        }
        finally
        {
            if (opened is null)
                connection?.Dispose();
        }
    }

    /// <inheritdoc/>
    public ValueTask<CatalogContent> LoadCatalogAsync(CancellationToken cancellationToken) =>
        RunAsync(static c => MetastoreStatements.LoadCatalogAsync(c, transaction: null), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask CommitAsync(MetastoreChange change, CancellationToken cancellationToken) =>
        await ChangeAsync(
            async connection =>
            {
                await MetastoreStatements.ApplyAsync(connection, transaction: null, change);
                return true;
            },
            cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<int> GetTenantNumberAsync(TenantId tenant, CancellationToken cancellationToken) =>
        _tenantNumbers.Find(tenant) ?? _tenantNumbers.Remember(
            tenant, await ChangeAsync(c => MetastoreStatements.TenantNumberAsync(c, transaction: null, tenant), cancellationToken));

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<TenantId>> ListTenantsAsync(CancellationToken cancellationToken) =>
        TenantNumbers.ByName(await RunAsync(static c => MetastoreStatements.ListTenantsAsync(c, transaction: null), cancellationToken));

    /// <inheritdoc/>
    public ValueTask<VersionedValue?> GetAsync(string scope, string key, CancellationToken cancellationToken) =>
        RunAsync(c => MetastoreStatements.GetAsync(c, scope, key), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<VersionedValue>> ListAsync(string scope, CancellationToken cancellationToken) =>
        RunAsync(c => MetastoreStatements.ListAsync(c, scope), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long?> SetAsync(
        string scope, string key, ReadOnlyMemory<byte> value, long? expectedVersion, CancellationToken cancellationToken) =>
        ChangeAsync(c => MetastoreStatements.SetAsync(c, transaction: null, scope, key, value, expectedVersion), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> DeleteAsync(string scope, string key, long? expectedVersion, CancellationToken cancellationToken) =>
        ChangeAsync(c => MetastoreStatements.DeleteAsync(c, transaction: null, scope, key, expectedVersion), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<MetastoreContent> ExportAsync(CancellationToken cancellationToken) =>
        ChangeAsync(static c => MetastoreStatements.ExportAsync(c, transaction: null), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask ImportAsync(MetastoreContent content, bool replace, CancellationToken cancellationToken)
    {
        await ChangeAsync(
            async connection =>
            {
                await MetastoreStatements.ImportAsync(connection, transaction: null, content, replace);
                return true;
            },
            cancellationToken);
        _tenantNumbers.Forget();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _oneAtATime.WaitAsync();
        Disconnect();
        _oneAtATime.Dispose();
    }

    private static void UseSystemLibrary()
    {
        lock (ProviderGate)
        {
            if (_providerReady)
                return;
            NativeLibrary.SetDllImportResolver(typeof(SQLite3Provider_e_sqlite3).Assembly, Resolve);
            raw.SetProvider(new SQLite3Provider_e_sqlite3());
            _providerReady = true;
        }
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath) =>
        string.Equals(name, "e_sqlite3", StringComparison.Ordinal) ? NativeLibrary.Load(SystemLibrary) : 0;

    private static SqliteConnection Connect(string path, SqliteOpenMode mode)
    {
        var settings = new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false };
        var connection = new SqliteConnection(settings.ConnectionString);
        var isReady = false;
        try
        {
            connection.Open();
            connection.Execute("PRAGMA busy_timeout = 10000");
            if (mode != SqliteOpenMode.ReadOnly)
                connection.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
            isReady = true;
            return connection;
        }
        finally
        {
            if (!isReady)
                connection.Dispose();
        }
    }

    private static MetastoreException Failure(string path, string what, Exception e) => new(
        e is SqliteException { SqliteErrorCode: raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB }
            ? $"the catalog {path} is damaged ({e.Message}): restore a backup with triptych restore --replace; or, to start anew, move this file and "
              + "those whose names begin with its own away: all blocks are kept where they are, but not answered from any more"
            : $"the catalog {path} {what}: {e.Message}",
        e);

    /// <summary>Runs statements in one transaction. Not the driver's: that one cannot end what SQLite has ended already.</summary>
    private ValueTask<T> ChangeAsync<T>(Func<SqliteConnection, Task<T>> change, CancellationToken cancellationToken) => RunAsync(
        async connection =>
        {
            await connection.ExecuteAsync("BEGIN IMMEDIATE");
            var result = await change(connection);
            await connection.ExecuteAsync("COMMIT");
            return result;
        },
        cancellationToken);

    private async ValueTask<T> RunAsync<T>(Func<SqliteConnection, Task<T>> call, CancellationToken cancellationToken)
    {
        await _oneAtATime.WaitAsync(cancellationToken);
        var isDone = false;
        try
        {
            var result = await Task.Run(() => call(_connection ??= Connect(_path, _mode)), CancellationToken.None);
            isDone = true;
            return result;
        }
        catch (Exception e) when (e is SqliteException or InvalidOperationException)
        {
            throw Failure(_path, "failed", e);
        }
        finally
        {
            // Closing rolls back what is open.
            if (!isDone)
                Disconnect();
            _oneAtATime.Release();
        }
    }

    private void Disconnect()
    {
        _connection?.Dispose();
        _connection = null;
    }
}
