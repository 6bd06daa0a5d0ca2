using System.Data;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Dapper;
using Microsoft.Data.Sqlite;
using SQLitePCL;
using Triptych.Model;
using Triptych.Storage.Catalog;

namespace Triptych.Storage.Metastore;

/// <summary>
/// The metastore in one SQLite file of the embedded mode. Write-ahead journal with <c>synchronous=FULL</c>: a commit is on stable storage
/// when it returns, and the files may be copied or the process killed at any moment. One connection, one call at a time, off the caller's
/// thread.
/// </summary>
public sealed class SqliteMetastore : IMetastore
{
    private const string SystemLibrary = "libsqlite3.so.0";
    private static readonly Lock ProviderGate = new();
    private static bool _providerReady;

    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private readonly SqliteConnection _connection;
    private readonly Dictionary<TenantId, int> _tenantNumbers = [];

    private SqliteMetastore(SqliteConnection connection, bool isNew)
    {
        _connection = connection;
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
        var settings = new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadWriteCreate, Pooling = false };
        var connection = new SqliteConnection(settings.ConnectionString);
        SqliteMetastore? opened = null;
        try
        {
            connection.Open();
            connection.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 10000");
            opened = new SqliteMetastore(connection, isNew: SqliteSchema.Migrate(connection, path) == 0);
            return opened;
        }
        catch (SqliteException e)
        {
            throw new MetastoreException($"{path} cannot be opened: {e.Message}", e);
        }
        finally
        {
            if (opened is null)
                connection.Dispose();
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
        var settings = new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = false };
        var connection = new SqliteConnection(settings.ConnectionString);
        SqliteMetastore? opened = null;
        try
        {
            connection.Open();
            connection.Execute("PRAGMA busy_timeout = 10000");
            SqliteSchema.RequireCurrent(connection, path);
            opened = new SqliteMetastore(connection, isNew: false);
            return opened;
        }
        catch (SqliteException e)
        {
            throw new MetastoreException($"{path} cannot be read: {e.Message}", e);
        }
        finally
        {
            if (opened is null)
                connection.Dispose();
        }
    }

    /// <inheritdoc/>
    public ValueTask<CatalogContent> LoadCatalogAsync(CancellationToken cancellationToken) => RunAsync(
        connection =>
        {
            var blocks = connection.Query<BlockRow>(
                """
                SELECT b.id AS Id, t.name AS Tenant, signal AS Signal, level AS Level, min_time AS MinTime, max_time AS MaxTime,
                       row_count AS Rows, size_bytes AS SizeBytes, object_key AS ObjectKey, first_segment AS FirstSegment,
                       last_segment AS LastSegment, statistics AS Statistics
                FROM blocks b JOIN tenants t ON t.number = b.tenant
                """);
            var retired = connection.Query<RetiredRow>("SELECT signal AS Signal, segment AS Segment, sequence AS Sequence FROM wal_retired");
            return new CatalogContent(
                [.. blocks.Select(static b => b.ToMeta())],
                [.. retired.Select(static r => new WalRetirement((Signal)r.Signal, r.Segment, r.Sequence))]);
        },
        cancellationToken);

    /// <inheritdoc/>
    public async ValueTask CommitAsync(MetastoreChange change, CancellationToken cancellationToken) => await RunAsync(
        connection =>
        {
            using var transaction = connection.BeginTransaction();
            Apply(connection, transaction, change);
            transaction.Commit();
            return true;
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<int> GetTenantNumberAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        lock (_tenantNumbers)
        {
            if (_tenantNumbers.TryGetValue(tenant, out var known))
                return ValueTask.FromResult(known);
        }

        return RunAsync(
            connection =>
            {
                using var transaction = connection.BeginTransaction();
                var number = TenantNumber(connection, transaction, tenant);
                transaction.Commit();
                lock (_tenantNumbers)
                    _tenantNumbers[tenant] = number;
                return number;
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<TenantId>> ListTenantsAsync(CancellationToken cancellationToken) => RunAsync<IReadOnlyList<TenantId>>(
        static connection => [.. connection.Query<string>("SELECT name FROM tenants ORDER BY name").Select(static n => new TenantId(n))],
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<VersionedValue?> GetAsync(string scope, string key, CancellationToken cancellationToken) => RunAsync(
        connection => connection.QueryFirstOrDefault<ValueRow>(
            "SELECT key AS Key, version AS Version, value AS Value FROM key_values WHERE scope = @scope AND key = @key",
            new { scope, key })?.ToValue(),
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<VersionedValue>> ListAsync(string scope, CancellationToken cancellationToken) =>
        RunAsync<IReadOnlyList<VersionedValue>>(
            connection =>
            [
                .. connection.Query<ValueRow>(
                    "SELECT key AS Key, version AS Version, value AS Value FROM key_values WHERE scope = @scope ORDER BY key",
                    new { scope }).Select(static r => r.ToValue()),
            ],
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long?> SetAsync(
        string scope, string key, ReadOnlyMemory<byte> value, long? expectedVersion, CancellationToken cancellationToken) => RunAsync(
        connection =>
        {
            // One statement, hence one transaction. Version 0 stands for "not there".
            const string Sql =
                """
                INSERT INTO key_values (scope, key, version, value)
                SELECT @scope, @key, 1, @bytes
                WHERE @expected IS NULL OR @expected = 0 OR EXISTS (SELECT 1 FROM key_values WHERE scope = @scope AND key = @key)
                ON CONFLICT (scope, key) DO UPDATE SET version = version + 1, value = excluded.value
                WHERE @expected IS NULL OR version = @expected
                RETURNING version
                """;
            return connection.QueryFirstOrDefault<long?>(Sql, new { scope, key, bytes = value.ToArray(), expected = expectedVersion });
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> DeleteAsync(string scope, string key, long? expectedVersion, CancellationToken cancellationToken) => RunAsync(
        connection => connection.Execute(
            "DELETE FROM key_values WHERE scope = @scope AND key = @key AND (@expected IS NULL OR version = @expected)",
            new { scope, key, expected = expectedVersion }) > 0,
        cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _oneAtATime.WaitAsync();
        await _connection.DisposeAsync();
        _oneAtATime.Dispose();
    }

    private static void Apply(SqliteConnection connection, IDbTransaction transaction, MetastoreChange change)
    {
        if (change.Add.Count > 0 && change.Add.All(b => Exists(connection, transaction, b.Id)))
            return;
        foreach (var id in change.Remove)
        {
            if (connection.Execute("DELETE FROM blocks WHERE id = @id", new { id = id.ToString("D") }, transaction) == 0)
                throw new CatalogConflictException(id);
        }

        foreach (var block in change.Add)
            Insert(connection, transaction, block);
        if (change.Retire is { } retire)
        {
            connection.Execute(
                """
                INSERT INTO wal_retired (signal, segment, sequence) VALUES (@signal, @segment, @sequence)
                ON CONFLICT (signal) DO UPDATE SET segment = max(segment, excluded.segment), sequence = max(sequence, excluded.sequence)
                """,
                new { signal = (int)retire.Signal, segment = retire.ThroughSegment, sequence = retire.ThroughSequence },
                transaction);
        }

        foreach (var value in change.Values)
        {
            connection.Execute(
                """
                INSERT INTO key_values (scope, key, version, value) VALUES (@scope, @key, 1, @bytes)
                ON CONFLICT (scope, key) DO UPDATE SET version = version + 1, value = excluded.value
                """,
                new { scope = value.Scope, key = value.Key, bytes = value.Value.ToArray() },
                transaction);
        }
    }

    private static bool Exists(SqliteConnection connection, IDbTransaction transaction, Guid id) =>
        connection.ExecuteScalar<long>("SELECT count(*) FROM blocks WHERE id = @id", new { id = id.ToString("D") }, transaction) > 0;

    private static void Insert(SqliteConnection connection, IDbTransaction transaction, BlockMeta block) => connection.Execute(
        """
        INSERT INTO blocks (id, tenant, signal, level, min_time, max_time, row_count, size_bytes, object_key, first_segment, last_segment,
                            statistics)
        VALUES (@id, @tenant, @signal, @level, @minTime, @maxTime, @rows, @sizeBytes, @objectKey, @firstSegment, @lastSegment, @statistics)
        """,
        new
        {
            id = block.Id.ToString("D"),
            tenant = TenantNumber(connection, transaction, block.Tenant),
            signal = (int)block.Signal,
            level = block.Level,
            minTime = block.MinTime,
            maxTime = block.MaxTime,
            rows = block.Rows,
            sizeBytes = block.SizeBytes,
            objectKey = block.ObjectKey,
            firstSegment = block.FirstSegment,
            lastSegment = block.LastSegment,
            statistics = block.Statistics.ToArray(),
        },
        transaction);

    private static int TenantNumber(SqliteConnection connection, IDbTransaction transaction, TenantId tenant)
    {
        var parameters = new { name = tenant.Name };
        connection.Execute("INSERT INTO tenants (name) VALUES (@name) ON CONFLICT (name) DO NOTHING", parameters, transaction);
        return connection.ExecuteScalar<int>("SELECT number FROM tenants WHERE name = @name", parameters, transaction);
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

    private async ValueTask<T> RunAsync<T>(Func<SqliteConnection, T> call, CancellationToken cancellationToken)
    {
        await _oneAtATime.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(() => call(_connection), CancellationToken.None);
        }
        catch (SqliteException e)
        {
            throw new MetastoreException($"The metastore failed: {e.Message}", e);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    private sealed class BlockRow
    {
        public string Id { get; init; } = "";

        public string Tenant { get; init; } = "";

        public long Signal { get; init; }

        public long Level { get; init; }

        public long MinTime { get; init; }

        public long MaxTime { get; init; }

        public long Rows { get; init; }

        public long SizeBytes { get; init; }

        public string ObjectKey { get; init; } = "";

        public long FirstSegment { get; init; }

        public long LastSegment { get; init; }

        public byte[] Statistics { get; init; } = [];

        public BlockMeta ToMeta() => new()
        {
            Id = Guid.Parse(Id, CultureInfo.InvariantCulture),
            Tenant = new TenantId(Tenant),
            Signal = (Signal)Signal,
            Level = (int)Level,
            MinTime = MinTime,
            MaxTime = MaxTime,
            Rows = Rows,
            SizeBytes = SizeBytes,
            ObjectKey = ObjectKey,
            FirstSegment = FirstSegment,
            LastSegment = LastSegment,
            Statistics = Statistics,
        };
    }

    private sealed class RetiredRow
    {
        public long Signal { get; init; }

        public long Segment { get; init; }

        public long Sequence { get; init; }
    }

    private sealed class ValueRow
    {
        public string Key { get; init; } = "";

        public long Version { get; init; }

        public byte[] Value { get; init; } = [];

        public VersionedValue ToValue() => new(Key, Version, Value);
    }
}
