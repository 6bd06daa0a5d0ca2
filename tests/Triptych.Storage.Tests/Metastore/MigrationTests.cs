using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Data.Sqlite;
using Triptych.Model;
using Triptych.Storage.Metastore;
using Triptych.Testing;

namespace Triptych.Storage.Tests.Metastore;

/// <summary>Stores as each shipped schema version left them (tests/golden/metastore), opened by this one.</summary>
public sealed class MigrationTests(SharedPostgres shared) : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("triptych-migration-").FullName;

    public static TheoryData<int> SqliteVersions => [.. Enumerable.Range(1, SqliteSchema.Current)];

    public static TheoryData<int> PostgresVersions => [.. Enumerable.Range(1, PostgresSchema.Current)];

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [MemberData(nameof(SqliteVersions))]
    public async Task Sqlite_of_each_version_opens_with_what_it_holds(int version)
    {
        var file = Path.Combine(_root, "metastore.db");

        // The first opening in a process names the library that SQLite is in.
        await SqliteMetastore.Open(Path.Combine(_root, "other.db")).DisposeAsync();
        await using (var connection = new SqliteConnection($"Data Source={file};Pooling=False"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = await File.ReadAllTextAsync(Golden("sqlite", version));
            await command.ExecuteNonQueryAsync();
        }

        for (var i = 0; i < 2; i++)
        {
            await using var store = SqliteMetastore.Open(file);
            await ShouldHoldAsync(store, valueVersion: 5 + i);
        }

        await using var check = new SqliteConnection($"Data Source={file};Pooling=False");
        await check.OpenAsync();
        await using var query = check.CreateCommand();
        query.CommandText = "PRAGMA user_version";
        (await query.ExecuteScalarAsync()).ShouldBe((long)SqliteSchema.Current);
    }

    [Theory]
    [MemberData(nameof(PostgresVersions))]
    public async Task Postgres_of_each_version_opens_with_what_it_holds(int version)
    {
        var server = await shared.GetAsync();
        var options = await server.CreateDatabaseAsync();
        await server.ExecuteAsync(options.Database, await File.ReadAllTextAsync(Golden("postgres", version)));
        for (var i = 0; i < 2; i++)
        {
            await using var store = await PostgresMetastore.OpenAsync(options, TimeProvider.System, CancellationToken.None);
            await ShouldHoldAsync(store, valueVersion: 5 + i);
        }

        (await server.ExecuteAsync(options.Database, "SELECT schema_version FROM triptych.store")).ShouldBe(PostgresSchema.Current);
        (await server.ExecuteAsync(options.Database, "SELECT epoch FROM triptych.store")).ShouldBe(14L);
    }

    private static string Golden(string kind, int version, [CallerFilePath] string here = "") => Path.Combine(
        Path.GetDirectoryName(here)!, "..", "..", "golden", "metastore", string.Create(CultureInfo.InvariantCulture, $"{kind}-{version}.sql"));

    private static async Task ShouldHoldAsync(IMetastore store, int valueVersion)
    {
        store.IsNew.ShouldBeFalse();
        var content = await store.ExportAsync(CancellationToken.None);
        content.Tenants.ShouldBe([new NumberedTenant(1, TenantId.Default), new NumberedTenant(2, new TenantId("acme"))]);
        content.Catalog.Retired.ShouldBe([new WalRetirement(Signal.Logs, 4, 400)]);
        var block = content.Catalog.Blocks.ShouldHaveSingleItem();
        (block.Id, block.Tenant.Name, block.Signal, block.MinTime, block.SizeBytes, block.LastSegment).ShouldBe(
            (Guid.Parse("019a0000-0000-7000-8000-000000000001"), "acme", Signal.Logs, 1700000000000000000, 2048, 4));
        block.Statistics.ToArray().ShouldBe([1, 2]);
        var value = content.Values.ShouldHaveSingleItem();
        (value.Scope, value.Value.Key, value.Value.Version, Encoding.ASCII.GetString(value.Value.Value.Span)).ShouldBe(("ui", "board", valueVersion, "json"));
        (await store.SetAsync("ui", "board", "json"u8.ToArray(), valueVersion, CancellationToken.None)).ShouldBe(valueVersion + 1);
    }
}
