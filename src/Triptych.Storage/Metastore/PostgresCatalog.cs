using Npgsql;
using Triptych.Storage.Catalog;

namespace Triptych.Storage.Metastore;

/// <summary>
/// The catalog in PostgreSQL, for reading only: takes no writer's lock, changes nothing, and so works beside the server that owns it. A connection for each
/// call. Any thread may call.
/// </summary>
public sealed class PostgresCatalog(PostgresOptions options) : ICatalogReader
{
    /// <inheritdoc/>
    public ValueTask<CatalogContent> LoadCatalogAsync(CancellationToken cancellationToken) =>
        ReadAsync(MetastoreStatements.LoadCatalogAsync, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<VersionedValue?> GetAsync(string scope, string key, CancellationToken cancellationToken) =>
        ReadAsync((connection, _) => MetastoreStatements.GetAsync(connection, scope, key), cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async ValueTask<T> ReadAsync<T>(Func<NpgsqlConnection, NpgsqlTransaction, Task<T>> read, CancellationToken cancellationToken)
    {
        try
        {
            await using var session = await PostgresSession.ConnectAsync(options, $"triptych tool {Environment.ProcessId}", cancellationToken);
            await PostgresSchema.RequireCurrentAsync(session.Connection, options);
            await using var transaction = await session.Connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);
            return await read(session.Connection, transaction);
        }
        catch (Exception e) when (PostgresFailure.IsExpected(e) && e is not MetastoreException)
        {
            throw PostgresFailure.Describe(e, options);
        }
    }
}
