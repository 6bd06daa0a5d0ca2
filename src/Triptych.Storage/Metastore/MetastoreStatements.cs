using System.Data.Common;
using Dapper;
using Triptych.Model;
using Triptych.Storage.Catalog;

namespace Triptych.Storage.Metastore;

/// <summary>
/// The statements of <see cref="IMetastore"/> in the SQL that SQLite and PostgreSQL both understand, over the same tables
/// (docs/formats/catalog.md). Transactions, connections and failures are the caller's.
/// </summary>
internal static class MetastoreStatements
{
    private const string SelectValues = "SELECT scope AS Scope, key AS Key, version AS Version, value AS Value FROM key_values";

    public static async Task<CatalogContent> LoadCatalogAsync(DbConnection connection, DbTransaction? transaction)
    {
        var blocks = await connection.QueryAsync<BlockRow>(
            """
            SELECT b.id AS Id, t.name AS Tenant, signal AS Signal, level AS Level, min_time AS MinTime, max_time AS MaxTime,
                   row_count AS Rows, size_bytes AS SizeBytes, object_key AS ObjectKey, first_segment AS FirstSegment,
                   last_segment AS LastSegment, statistics AS Statistics
            FROM blocks b JOIN tenants t ON t.number = b.tenant
            """,
            transaction: transaction);
        var retired = await connection.QueryAsync<RetiredRow>(
            "SELECT signal AS Signal, segment AS Segment, sequence AS Sequence FROM wal_retired ORDER BY signal", transaction: transaction);
        return new CatalogContent([.. blocks.Select(static b => b.ToMeta())], [.. retired.Select(static r => r.ToRetirement())]);
    }

    /// <summary>Applies a change, unless all of its additions are there: then it happened before.</summary>
    /// <exception cref="CatalogConflictException">A block to remove is not live; the transaction has to be rolled back.</exception>
    public static async Task ApplyAsync(DbConnection connection, DbTransaction? transaction, MetastoreChange change)
    {
        if (change.Add.Count > 0 && await AllExistAsync(connection, transaction, change.Add))
            return;
        foreach (var id in change.Remove)
        {
            if (await connection.ExecuteAsync("DELETE FROM blocks WHERE id = @id", new { id = id.ToString("D") }, transaction) == 0)
                throw new CatalogConflictException(id);
        }

        foreach (var block in change.Add)
            await InsertAsync(connection, transaction, block);
        if (change.Retire is { } retire)
            await RetireAsync(connection, transaction, retire);
        foreach (var (scope, key) in change.RemoveValues)
            await connection.ExecuteAsync("DELETE FROM key_values WHERE scope = @scope AND key = @key", new { scope, key }, transaction);
        foreach (var value in change.Values)
        {
            await connection.ExecuteAsync(
                """
                INSERT INTO key_values (scope, key, version, value) VALUES (@scope, @key, 1, @bytes)
                ON CONFLICT (scope, key) DO UPDATE SET version = key_values.version + 1, value = excluded.value
                """,
                new { scope = value.Scope, key = value.Key, bytes = value.Value.ToArray() },
                transaction);
        }
    }

    public static async Task<int> TenantNumberAsync(DbConnection connection, DbTransaction? transaction, TenantId tenant)
    {
        // No sequence: those leave gaps after a rollback. Tenants are never deleted, so no number is used twice.
        var parameters = new { name = tenant.Name };
        await connection.ExecuteAsync(
            """
            INSERT INTO tenants (number, name) SELECT coalesce(max(number), 0) + 1, @name FROM tenants WHERE true
            ON CONFLICT (name) DO NOTHING
            """,
            parameters,
            transaction);
        return await connection.ExecuteScalarAsync<int>("SELECT number FROM tenants WHERE name = @name", parameters, transaction);
    }

    public static async Task<IReadOnlyList<NumberedTenant>> ListTenantsAsync(DbConnection connection, DbTransaction? transaction)
    {
        var tenants = await connection.QueryAsync<TenantRow>(
            "SELECT number AS Number, name AS Name FROM tenants ORDER BY number", transaction: transaction);
        return [.. tenants.Select(static t => t.ToTenant())];
    }

    public static async Task<VersionedValue?> GetAsync(DbConnection connection, string scope, string key)
    {
        var row = await connection.QueryFirstOrDefaultAsync<ValueRow>($"{SelectValues} WHERE scope = @scope AND key = @key", new { scope, key });
        return row?.ToValue();
    }

    public static async Task<IReadOnlyList<VersionedValue>> ListAsync(DbConnection connection, string scope)
    {
        var rows = await connection.QueryAsync<ValueRow>($"{SelectValues} WHERE scope = @scope", new { scope });
        return [.. rows.OrderBy(static r => r.Key, StringComparer.Ordinal).Select(static r => r.ToValue())];
    }

    /// <summary>Puts a value when the expected version is there (null: whichever; 0: none) and returns the new one, else null.</summary>
    public static Task<long?> SetAsync(
        DbConnection connection, DbTransaction? transaction, string scope, string key, ReadOnlyMemory<byte> value, long? expectedVersion)
    {
        // Version 0 stands for "not there".
        const string Sql =
            """
            INSERT INTO key_values (scope, key, version, value)
            SELECT @scope, @key, 1, @bytes
            WHERE @expected IS NULL OR @expected = 0 OR EXISTS (SELECT 1 FROM key_values WHERE scope = @scope AND key = @key)
            ON CONFLICT (scope, key) DO UPDATE SET version = key_values.version + 1, value = excluded.value
            WHERE @expected IS NULL OR key_values.version = @expected
            RETURNING version
            """;
        return connection.QueryFirstOrDefaultAsync<long?>(
            Sql, new { scope, key, bytes = value.ToArray(), expected = expectedVersion }, transaction);
    }

    public static async Task<bool> DeleteAsync(
        DbConnection connection, DbTransaction? transaction, string scope, string key, long? expectedVersion) =>
        await connection.ExecuteAsync(
            "DELETE FROM key_values WHERE scope = @scope AND key = @key AND (@expected IS NULL OR version = @expected)",
            new { scope, key, expected = expectedVersion },
            transaction) > 0;

    public static async Task<MetastoreContent> ExportAsync(DbConnection connection, DbTransaction? transaction)
    {
        var tenants = await ListTenantsAsync(connection, transaction);
        var catalog = await LoadCatalogAsync(connection, transaction);
        var values = await connection.QueryAsync<ValueRow>(SelectValues, transaction: transaction);
        return new MetastoreContent(
            tenants,
            catalog,
            [
                .. values.OrderBy(static r => r.Scope, StringComparer.Ordinal).ThenBy(static r => r.Key, StringComparer.Ordinal)
                    .Select(static r => new ScopedValue(r.Scope, r.ToValue())),
            ]);
    }

    /// <exception cref="MetastoreNotEmptyException">It holds something, and that shall not be replaced; the transaction has to be rolled back.</exception>
    public static async Task ImportAsync(DbConnection connection, DbTransaction? transaction, MetastoreContent content, bool replace)
    {
        if (!replace && !(await ExportAsync(connection, transaction)).IsEmpty)
            throw new MetastoreNotEmptyException();
        await connection.ExecuteAsync(
            "DELETE FROM blocks; DELETE FROM tenants; DELETE FROM wal_retired; DELETE FROM key_values", transaction: transaction);
        foreach (var tenant in content.Tenants)
        {
            await connection.ExecuteAsync(
                "INSERT INTO tenants (number, name) VALUES (@number, @name)", new { number = tenant.Number, name = tenant.Tenant.Name }, transaction);
        }

        foreach (var block in content.Catalog.Blocks)
            await InsertAsync(connection, transaction, block);
        foreach (var retired in content.Catalog.Retired)
            await RetireAsync(connection, transaction, retired);
        foreach (var (scope, value) in content.Values)
        {
            await connection.ExecuteAsync(
                "INSERT INTO key_values (scope, key, version, value) VALUES (@scope, @key, @version, @bytes)",
                new { scope, key = value.Key, version = value.Version, bytes = value.Value.ToArray() },
                transaction);
        }
    }

    private static async Task<bool> AllExistAsync(DbConnection connection, DbTransaction? transaction, IReadOnlyList<BlockMeta> blocks)
    {
        foreach (var block in blocks)
        {
            var found = await connection.ExecuteScalarAsync<long>(
                "SELECT count(*) FROM blocks WHERE id = @id", new { id = block.Id.ToString("D") }, transaction);
            if (found == 0)
                return false;
        }

        return true;
    }

    private static async Task InsertAsync(DbConnection connection, DbTransaction? transaction, BlockMeta block) => await connection.ExecuteAsync(
        """
        INSERT INTO blocks (id, tenant, signal, level, min_time, max_time, row_count, size_bytes, object_key, first_segment, last_segment,
                            statistics)
        VALUES (@id, @tenant, @signal, @level, @minTime, @maxTime, @rows, @sizeBytes, @objectKey, @firstSegment, @lastSegment, @statistics)
        """,
        new
        {
            id = block.Id.ToString("D"),
            tenant = await TenantNumberAsync(connection, transaction, block.Tenant),
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

    /// <summary>Never backwards: neither number is used again.</summary>
    private static Task RetireAsync(DbConnection connection, DbTransaction? transaction, WalRetirement retire) => connection.ExecuteAsync(
        """
        INSERT INTO wal_retired (signal, segment, sequence) VALUES (@signal, @segment, @sequence)
        ON CONFLICT (signal) DO UPDATE SET
            segment = CASE WHEN wal_retired.segment > excluded.segment THEN wal_retired.segment ELSE excluded.segment END,
            sequence = CASE WHEN wal_retired.sequence > excluded.sequence THEN wal_retired.sequence ELSE excluded.sequence END
        """,
        new { signal = (int)retire.Signal, segment = retire.ThroughSegment, sequence = retire.ThroughSequence },
        transaction);
}
