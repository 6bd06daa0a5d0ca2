using System.Globalization;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Triptych.Storage.Metastore;

/// <summary>
/// The tables, as steps from one schema version to the next; docs/formats/catalog.md. <c>PRAGMA user_version</c> holds the number of steps
/// taken. A step never changes once released.
/// </summary>
internal static class SqliteSchema
{
    private static readonly string[] Steps =
    [
        """
        CREATE TABLE tenants (number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE) STRICT;
        CREATE TABLE blocks (
            id TEXT PRIMARY KEY,
            tenant INTEGER NOT NULL REFERENCES tenants (number),
            signal INTEGER NOT NULL,
            level INTEGER NOT NULL,
            min_time INTEGER NOT NULL,
            max_time INTEGER NOT NULL,
            row_count INTEGER NOT NULL,
            size_bytes INTEGER NOT NULL,
            object_key TEXT NOT NULL UNIQUE,
            first_segment INTEGER NOT NULL,
            last_segment INTEGER NOT NULL,
            statistics BLOB NOT NULL) STRICT;
        CREATE TABLE wal_retired (signal INTEGER PRIMARY KEY, segment INTEGER NOT NULL, sequence INTEGER NOT NULL) STRICT;
        CREATE TABLE key_values (
            scope TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, value BLOB NOT NULL,
            PRIMARY KEY (scope, key)) STRICT, WITHOUT ROWID;
        """,
    ];

    /// <summary>The version that this program writes.</summary>
    public static int Current => Steps.Length;

    /// <summary>Refuses a store of another schema, without changing it.</summary>
    /// <exception cref="MetastoreTooNewException">A newer program wrote it.</exception>
    /// <exception cref="MetastoreException">An older one did.</exception>
    public static void RequireCurrent(SqliteConnection connection, string path)
    {
        var found = Version(connection, path);
        if (found < Current)
            throw new MetastoreException($"{path} has schema version {found}, which \"triptych serve\" brings to version {Current}: start it once.");
    }

    private static int Version(SqliteConnection connection, string path)
    {
        var found = connection.ExecuteScalar<int>("PRAGMA user_version");
        return found <= Current
            ? found
            : throw new MetastoreTooNewException(
                $"{path} has schema version {found}; this program knows versions up to {Current}. A newer version of Triptych wrote it: "
                + "start that one, or restore a backup.");
    }

    /// <summary>Brings the store to <see cref="Current"/>, one transaction a step. Returns the version it had: 0 for a new one.</summary>
    /// <exception cref="MetastoreTooNewException">A newer program wrote it.</exception>
    public static int Migrate(SqliteConnection connection, string path)
    {
        var found = Version(connection, path);
        for (var step = found; step < Current; step++)
        {
            using var transaction = connection.BeginTransaction();
            connection.Execute(Steps[step], transaction: transaction);
            connection.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {step + 1}"), transaction: transaction);
            transaction.Commit();
        }

        return found;
    }
}
