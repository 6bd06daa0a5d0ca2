using Dapper;
using Npgsql;

namespace Triptych.Storage.Metastore;

/// <summary>
/// The tables in PostgreSQL, as steps from one schema version to the next; docs/formats/catalog.md. <c>store.schema_version</c> holds the
/// number of steps taken. All steps that are missing run in one transaction under a lock, so that of programs that start side by side one
/// migrates and the others find it done. A step never changes once released.
/// </summary>
internal static class PostgresSchema
{
    /// <summary>First half of the migration lock's key; the second is the hash of the schema's name.</summary>
    private const int MigrationLock = 0x54_72_70_4d;

    private static readonly string[] Steps =
    [
        """
        CREATE TABLE store (
            only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
            schema_version integer NOT NULL,
            id uuid NOT NULL DEFAULT gen_random_uuid(),
            epoch bigint NOT NULL DEFAULT 0,
            last_change uuid);
        INSERT INTO store (schema_version) VALUES (1);
        CREATE TABLE tenants (number integer PRIMARY KEY, name text COLLATE "C" NOT NULL UNIQUE);
        CREATE TABLE blocks (
            id text COLLATE "C" PRIMARY KEY,
            tenant integer NOT NULL REFERENCES tenants (number),
            signal integer NOT NULL,
            level integer NOT NULL,
            min_time bigint NOT NULL,
            max_time bigint NOT NULL,
            row_count bigint NOT NULL,
            size_bytes bigint NOT NULL,
            object_key text COLLATE "C" NOT NULL UNIQUE,
            first_segment bigint NOT NULL,
            last_segment bigint NOT NULL,
            statistics bytea NOT NULL);
        CREATE TABLE wal_retired (signal integer PRIMARY KEY, segment bigint NOT NULL, sequence bigint NOT NULL);
        CREATE TABLE key_values (
            scope text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL, version bigint NOT NULL, value bytea NOT NULL,
            PRIMARY KEY (scope, key));
        """,
    ];

    /// <summary>The version that this program writes.</summary>
    public static int Current => Steps.Length;

    /// <summary>Brings the store to <see cref="Current"/>. Returns the version it had: 0 for a new one.</summary>
    /// <exception cref="MetastoreTooNewException">A newer program wrote it.</exception>
    public static async Task<int> MigrateAsync(NpgsqlConnection connection, PostgresOptions options)
    {
        await using var transaction = await connection.BeginTransactionAsync();
        await connection.ExecuteAsync(
            "SELECT pg_advisory_xact_lock(@lock, hashtext(@schema))", new { @lock = MigrationLock, schema = options.Schema }, transaction);
        var found = await VersionAsync(connection, transaction, options.Schema);
        RefuseNewer(found, options);
        if (found == Current)
            return found;
        if (found == 0)
            await connection.ExecuteAsync($"CREATE SCHEMA IF NOT EXISTS {options.Schema}", transaction: transaction);
        for (var step = found; step < Current; step++)
            await connection.ExecuteAsync(Steps[step], transaction: transaction);
        await connection.ExecuteAsync("UPDATE store SET schema_version = @Current", new { Current }, transaction);
        await transaction.CommitAsync();
        return found;
    }

    /// <summary>Finds the store to be of version <see cref="Current"/>; changes nothing.</summary>
    /// <exception cref="MetastoreTooNewException">A newer program wrote it.</exception>
    /// <exception cref="MetastoreException">There is none, or it is of an older version.</exception>
    public static async Task RequireCurrentAsync(NpgsqlConnection connection, PostgresOptions options)
    {
        var found = await VersionAsync(connection, transaction: null, options.Schema);
        RefuseNewer(found, options);
        if (found == 0) throw new MetastoreException($"{options.Place} has no catalog in schema {options.Schema}: see storage.metastore.database and schema.");
        if (found < Current)
            throw new MetastoreException($"{options.Place}, schema {options.Schema} has schema version {found}, this program reads {Current}: start the server once, it migrates.");
    }

    private static void RefuseNewer(int found, PostgresOptions options)
    {
        if (found <= Current) return;
        throw new MetastoreTooNewException(
            $"{options.Place}, schema {options.Schema} has schema version {found}; this program knows versions up to {Current}. "
            + "A newer version of Triptych wrote it: start that one, or restore a backup.");
    }

    private static async Task<int> VersionAsync(NpgsqlConnection connection, NpgsqlTransaction? transaction, string schema)
    {
        var exists = await connection.ExecuteScalarAsync<bool>(
            "SELECT to_regclass(@table) IS NOT NULL", new { table = schema + ".store" }, transaction);
        return exists ? await connection.ExecuteScalarAsync<int>("SELECT schema_version FROM store", transaction: transaction) : 0;
    }
}
