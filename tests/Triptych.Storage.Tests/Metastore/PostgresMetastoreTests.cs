using Triptych.Storage.Metastore;
using Triptych.Testing;

[assembly: AssemblyFixture(typeof(SharedPostgres))]

namespace Triptych.Storage.Tests.Metastore;

public sealed class PostgresMetastoreTests(SharedPostgres shared) : MetastoreContractTests
{
    private PostgresOptions? _options;

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Only_the_opening_that_makes_the_tables_is_new()
    {
        await using (var first = await OpenPostgresAsync())
            first.IsNew.ShouldBeTrue();
        await using var second = await OpenPostgresAsync();
        second.IsNew.ShouldBeFalse();
    }

    [Fact]
    public async Task A_second_process_is_refused_with_the_name_of_the_first()
    {
        await using (await OpenPostgresAsync())
        {
            var refusal = await Should.ThrowAsync<MetastoreException>(() => OpenPostgresAsync(_options! with { LockPatience = TimeSpan.Zero }));
            refusal.Message.ShouldContain("in use by another process (triptych");
            refusal.Message.ShouldContain("from 127.0.0.1");
            refusal.Message.ShouldNotContain("\n");
        }

        // With the connection the lock is gone.
        await using var next = await OpenPostgresAsync();
        next.IsNew.ShouldBeFalse();
    }

    [Fact]
    public async Task Two_schemas_of_a_database_are_two_stores()
    {
        await using var one = await OpenPostgresAsync();
        await using var other = await OpenPostgresAsync(_options! with { Schema = "second" });
        other.IsNew.ShouldBeTrue();
        other.StoreId.ShouldNotBe(one.StoreId);
        await one.SetAsync("s", "k", new byte[] { 1 }, expectedVersion: null, None);
        (await other.GetAsync("s", "k", None)).ShouldBeNull();
    }

    [Fact]
    public async Task Of_openings_that_race_for_an_empty_database_one_migrates_and_all_get_their_turn()
    {
        var options = await OptionsAsync();
        var isNew = await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            await using var store = await PostgresMetastore.OpenAsync(options, TimeProvider.System, None);
            await store.SetAsync("s", "k", new byte[] { 1 }, expectedVersion: null, None);
            return store.IsNew;
        }));
        isNew.Count(n => n).ShouldBe(1);
        await using var last = await OpenPostgresAsync();
        (await last.GetAsync("s", "k", None))!.Version.ShouldBe(4);
    }

    [Fact]
    public async Task A_newer_schema_is_refused_and_left_alone()
    {
        await (await OpenPostgresAsync()).DisposeAsync();
        var server = await shared.GetAsync();
        await server.ExecuteAsync(_options!.Database, "UPDATE triptych.store SET schema_version = 77");
        for (var i = 0; i < 2; i++)
        {
            var refusal = await Should.ThrowAsync<MetastoreTooNewException>(() => OpenPostgresAsync());
            refusal.Message.ShouldContain("77");
            refusal.Message.ShouldContain($"127.0.0.1:{server.Port}, database {_options.Database}, schema triptych");
        }

        (await server.ExecuteAsync(_options.Database, "SELECT epoch FROM triptych.store")).ShouldBe(1L);
    }

    [Fact]
    public async Task A_wrong_password_is_one_line_without_it()
    {
        var options = await OptionsAsync();
        var refusal = await Should.ThrowAsync<MetastoreException>(() => OpenPostgresAsync(options with { Password = "a wrong secret" }));
        refusal.Message.ShouldContain("password authentication failed");
        refusal.Message.ShouldNotContain("a wrong secret");
        refusal.Message.ShouldNotContain("\n");
    }

    [Fact]
    public async Task A_database_that_is_not_there_is_named()
    {
        var options = await OptionsAsync();
        var refusal = await Should.ThrowAsync<MetastoreException>(() => OpenPostgresAsync(options with { Database = "nowhere" }));
        refusal.Message.ShouldContain("database \"nowhere\" does not exist");
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_one_line_with_its_place()
    {
        using var proxy = new CuttingProxy(1) { IsDown = true };
        var options = await OptionsAsync();
        var refusal = await Should.ThrowAsync<MetastoreException>(() => OpenPostgresAsync(options with { Port = proxy.Port }));
        refusal.Message.ShouldContain($"PostgreSQL at 127.0.0.1:{proxy.Port}");
        refusal.Message.ShouldContain("cannot be reached");
        refusal.Message.ShouldNotContain("\n");
    }

    [Fact]
    public async Task A_name_that_would_have_to_be_quoted_is_no_schema()
    {
        var options = await OptionsAsync();
        var refusal = await Should.ThrowAsync<MetastoreException>(() => OpenPostgresAsync(options with { Schema = "x; DROP SCHEMA public" }));
        refusal.Message.ShouldContain("DROP SCHEMA");
    }

    protected override async ValueTask<IMetastore> OpenAsync() => await OpenPostgresAsync();

    private async Task<PostgresOptions> OptionsAsync() => _options ??= await (await shared.GetAsync()).CreateDatabaseAsync();

    private async Task<PostgresMetastore> OpenPostgresAsync(PostgresOptions? options = null) =>
        await PostgresMetastore.OpenAsync(options ?? await OptionsAsync(), TimeProvider.System, None);
}
