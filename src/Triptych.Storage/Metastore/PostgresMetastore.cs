using System.Data;
using Dapper;
using Npgsql;
using Triptych.Model;

namespace Triptych.Storage.Metastore;

/// <summary>
/// The metastore in a schema of a PostgreSQL database. One writer at a time: the connection holds a lock (<see cref="PostgresSession"/>), and
/// each opening raises <c>store.epoch</c>, so that a program that lost its connection and finds that another one wrote meanwhile changes
/// nothing any more. One connection, one call at a time.
/// <para>A lost connection is made again for a while. What was interrupted before its COMMIT was sent did not happen and runs again. After that
/// it is known only by reading: each transaction leaves its id in <c>store.last_change</c>, and who has the lock again can tell.</para>
/// </summary>
public sealed class PostgresMetastore : IMetastore
{
    private static readonly TimeSpan LongestRetryDelay = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private readonly TenantNumbers _tenantNumbers = new();
    private readonly PostgresOptions _options;
    private readonly TimeProvider _time;
    private readonly string _applicationName;
    private readonly long _epoch;
    private PostgresSession? _session;
    private int _lastBackend;
    private bool _disposed;

    private PostgresMetastore(
        PostgresOptions options, TimeProvider time, string applicationName, PostgresSession session, (Guid Id, long Epoch) store, bool isNew)
    {
        _options = options;
        _time = time;
        _applicationName = applicationName;
        _session = session;
        _lastBackend = session.BackendId;
        _epoch = store.Epoch;
        StoreId = store.Id;
        IsNew = isNew;
    }

    /// <inheritdoc/>
    public bool IsNew { get; }

    /// <summary>Tells this store from any other; made with its tables.</summary>
    public Guid StoreId { get; }

    /// <summary>Connects, brings the schema to the current version and takes the writer's lock.</summary>
    /// <param name="options">Where.</param>
    /// <param name="time">Measures patience.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="MetastoreTooNewException">A newer program wrote it.</exception>
    /// <exception cref="MetastoreException">It cannot be reached, refuses, or another process has it; one line that says which.</exception>
    public static async Task<PostgresMetastore> OpenAsync(PostgresOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!PostgresOptions.IsSchemaName(options.Schema))
            throw new MetastoreException($"\"{options.Schema}\" cannot be the name of a schema: lower-case letters, digits and _, at most 63.");
        PostgresSession? session = null;
        PostgresMetastore? opened = null;
        try
        {
            var applicationName = $"triptych {Environment.ProcessId} {Guid.NewGuid():N}";
            session = await PostgresSession.ConnectAsync(options, applicationName, cancellationToken);
            var isNew = await PostgresSchema.MigrateAsync(session.Connection, options) == 0;
            await session.LockAsync(options, time, cancellationToken);
            var store = await session.Connection.QuerySingleAsync<(Guid Id, long Epoch)>("UPDATE store SET epoch = epoch + 1 RETURNING id, epoch");
            opened = new PostgresMetastore(options, time, applicationName, session, store, isNew);
            return opened;
        }
        catch (Exception e) when (PostgresFailure.IsExpected(e) && e is not MetastoreException)
        {
            throw PostgresFailure.Describe(e, options);
        }
        finally
        {
            if (opened is null && session is not null)
                await session.DisposeAsync();
        }
    }

    /// <inheritdoc/>
    public ValueTask<CatalogContent> LoadCatalogAsync(CancellationToken cancellationToken) =>
        ReadAsync(MetastoreStatements.LoadCatalogAsync, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask CommitAsync(MetastoreChange change, CancellationToken cancellationToken) =>
        await ChangeAsync(
            async (connection, transaction) =>
            {
                await MetastoreStatements.ApplyAsync(connection, transaction, change);
                return true;
            },
            cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<int> GetTenantNumberAsync(TenantId tenant, CancellationToken cancellationToken) =>
        _tenantNumbers.Find(tenant) ?? _tenantNumbers.Remember(
            tenant, await ChangeAsync((c, t) => MetastoreStatements.TenantNumberAsync(c, t, tenant), cancellationToken));

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<TenantId>> ListTenantsAsync(CancellationToken cancellationToken) =>
        TenantNumbers.ByName(await ReadAsync(MetastoreStatements.ListTenantsAsync, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<VersionedValue?> GetAsync(string scope, string key, CancellationToken cancellationToken) =>
        ReadAsync((c, _) => MetastoreStatements.GetAsync(c, scope, key), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<VersionedValue>> ListAsync(string scope, CancellationToken cancellationToken) =>
        ReadAsync((c, _) => MetastoreStatements.ListAsync(c, scope), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long?> SetAsync(
        string scope, string key, ReadOnlyMemory<byte> value, long? expectedVersion, CancellationToken cancellationToken) =>
        ChangeAsync((c, t) => MetastoreStatements.SetAsync(c, t, scope, key, value, expectedVersion), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> DeleteAsync(string scope, string key, long? expectedVersion, CancellationToken cancellationToken) =>
        ChangeAsync((c, t) => MetastoreStatements.DeleteAsync(c, t, scope, key, expectedVersion), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<MetastoreContent> ExportAsync(CancellationToken cancellationToken) =>
        ReadAsync(MetastoreStatements.ExportAsync, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask ImportAsync(MetastoreContent content, bool replace, CancellationToken cancellationToken)
    {
        await ChangeAsync(
            async (connection, transaction) =>
            {
                await MetastoreStatements.ImportAsync(connection, transaction, content, replace);
                return true;
            },
            cancellationToken);
        _tenantNumbers.Forget();
    }

    /// <summary>Ends the connection, and the lock with it.</summary>
    public async ValueTask DisposeAsync()
    {
        await _oneAtATime.WaitAsync();
        _disposed = true;
        if (_session is not null)
            await _session.DisposeAsync();
        _session = null;
        _oneAtATime.Dispose();
    }

    /// <summary>Reads as of one moment; runs again when the connection is lost.</summary>
    private ValueTask<T> ReadAsync<T>(Func<NpgsqlConnection, NpgsqlTransaction, Task<T>> read, CancellationToken cancellationToken) => RunAsync(
        async connection =>
        {
            await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, CancellationToken.None);
            return await read(connection, transaction);
        },
        whenUncertain: null,
        cancellationToken);

    /// <summary>Changes in one transaction that happens once or not at all, unless the server stays away longer than the patience.</summary>
    private async ValueTask<T> ChangeAsync<T>(Func<NpgsqlConnection, NpgsqlTransaction, Task<T>> change, CancellationToken cancellationToken)
    {
        var result = default(T)!;
        Guid? inDoubt = null;
        return await RunAsync(
            async connection =>
            {
                var id = Guid.NewGuid();
                await using var transaction = await connection.BeginTransactionAsync(CancellationToken.None);
                var isOurs = await connection.ExecuteAsync(
                    "UPDATE store SET last_change = @id WHERE epoch = @epoch", new { id, epoch = _epoch }, transaction);
                if (isOurs == 0)
                    throw WrittenByAnother();
                result = await change(connection, transaction);
                inDoubt = id;
                await transaction.CommitAsync(CancellationToken.None);
                return result;
            },
            async connection =>
            {
                if (inDoubt is not { } id)
                    return (false, result);
                var happened = await connection.ExecuteScalarAsync<bool>("SELECT last_change IS NOT DISTINCT FROM @id FROM store", new { id });
                inDoubt = null;
                return (happened, result);
            },
            cancellationToken);
    }

    /// <summary>
    /// Runs a call on the connection. When that is lost, connects again, asks <paramref name="whenUncertain"/> whether the interrupted call
    /// happened, and if not runs it again; until the patience is over.
    /// </summary>
    private async ValueTask<T> RunAsync<T>(
        Func<NpgsqlConnection, Task<T>> call, Func<NpgsqlConnection, Task<(bool Done, T Result)>>? whenUncertain, CancellationToken cancellationToken)
    {
        await _oneAtATime.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            long? firstFailure = null;
            var delay = _options.FirstRetryDelay;
            while (true)
            {
                try
                {
                    var connection = await ConnectedAsync();
                    if (firstFailure is not null && whenUncertain is not null && await whenUncertain(connection) is { Done: true } outcome)
                        return outcome.Result;
                    return await call(connection);
                }
                catch (Exception e) when (IsConnectionLost(e))
                {
                    await DropAsync();
                    firstFailure ??= _time.GetTimestamp();
                    if (_time.GetElapsedTime(firstFailure.Value) + delay > _options.RetryFor)
                        throw PostgresFailure.Describe(e, _options);
                }
                catch (PostgresException e)
                {
                    // The server has said no: the transaction is rolled back and the connection is as good as before.
                    throw PostgresFailure.Describe(e, _options);
                }

                await Task.Delay(delay, _time, cancellationToken);
                delay = delay * 2 < LongestRetryDelay ? delay * 2 : LongestRetryDelay;
            }
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <summary>The connection, made anew when it was lost: with the lock, and only if nobody else had the store meanwhile.</summary>
    private async Task<NpgsqlConnection> ConnectedAsync()
    {
        if (_session is { Connection.State: ConnectionState.Open })
            return _session.Connection;
        await DropAsync();
        var session = await PostgresSession.ConnectAsync(_options, _applicationName, CancellationToken.None);
        var isGood = false;
        try
        {
            await session.EndAsync(_lastBackend, _applicationName);
            await session.LockAsync(_options, _time, CancellationToken.None);
            var store = await session.Connection.QuerySingleAsync<(Guid Id, long Epoch)>("SELECT id, epoch FROM store");
            if (store.Id != StoreId || store.Epoch != _epoch)
                throw WrittenByAnother();
            isGood = true;
        }
        finally
        {
            if (!isGood)
                await session.DisposeAsync();
        }

        _session = session;
        _lastBackend = session.BackendId;
        return session.Connection;
    }

    /// <summary>Also when the connection broke between two calls: then Npgsql says that an operation on it is not valid.</summary>
    private bool IsConnectionLost(Exception e) =>
        PostgresFailure.IsConnectionLost(e) || (e is InvalidOperationException && _session is not { Connection.State: ConnectionState.Open });

    private async Task DropAsync()
    {
        if (_session is not null)
            await _session.DisposeAsync();
        _session = null;
    }

    private MetastoreException WrittenByAnother() => new(
        $"{_options.Place}, schema {_options.Schema}: another process took the store while the connection was away. This one changes nothing any more: "
        + "stop one of the two and start the other again.");
}
