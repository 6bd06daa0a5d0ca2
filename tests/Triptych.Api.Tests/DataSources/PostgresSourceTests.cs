using System.Text.Json;
using Triptych.Api.DataSources;
using Triptych.Storage.Metastore;
using Triptych.Testing;

[assembly: AssemblyFixture(typeof(SharedPostgres))]

namespace Triptych.Api.Tests.DataSources;

/// <summary>SQL put to a real PostgreSQL.</summary>
public sealed class PostgresSourceTests(SharedPostgres shared) : IAsyncLifetime
{
    private PostgresServer _postgres = null!;
    private PostgresOptions _options = null!;
    private DataSourceHost _host = null!;

    public async ValueTask InitializeAsync()
    {
        _postgres = await shared.GetAsync();
        _options = await _postgres.CreateDatabaseAsync();
        await _postgres.ExecuteAsync(
            _options.Database,
            """
            CREATE TABLE usage (at timestamptz NOT NULL, host text, cpu double precision, requests bigint);
            INSERT INTO usage VALUES ('1970-01-01 00:00:10Z', 'a', 1.5, 10), ('1970-01-01 00:01:20Z', 'a', 2.5, 20), ('1970-01-01 00:01:30Z', 'b', 3.5, 30),
                ('1970-01-01 00:04:10Z', 'a', NULL, 40)
            """);
        _host = await StartAsync(new DataSourceLimits(TimeSpan.FromMinutes(1), 8 * 1024 * 1024, 100));
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_table_has_the_types_of_its_columns()
    {
        var answer = await _host.QueryAsync(
            """
            SELECT timestamp '2026-01-01 00:00:00.25' AS ts, timestamptz '2026-01-01 01:00:00+01' AS tz, date '2026-01-02' AS d, 1::smallint AS i,
              12345678.25::numeric(12,2) AS n, 'NaN'::float8 AS nan, '-Infinity'::float4 AS inf, true AS b, 'x"' || chr(8364) AS t,
              '{"a":1}'::jsonb AS j, ARRAY[1,2] AS a, NULL::int AS none, 'infinity'::timestamptz AS never;
            """);
        var (types, values) = Read(answer);
        types.ShouldBe(["ts time", "tz time", "d time", "i number", "n number", "nan number", "inf number", "b boolean", "t string", "j string", "a string", "none number", "never time"]);
        values.Select(static column => column.Single()).ShouldBe(
            ["1767225600250", "1767225600000", "1767312000000", "1", "12345678.25", "null", "null", "true", "\"x\\\"€\"", "\"{\\\"a\\\": 1}\"", "\"{1,2}\"", "null", "null"]);
        var entities = answer.GetProperty("frames")[0].GetProperty("data").GetProperty("entities");
        entities[5].GetRawText().ShouldBe("""{"NaN":[0],"Inf":[],"NegInf":[]}""");
        entities[6].GetProperty("NegInf").GetRawText().ShouldBe("[0]");
    }

    [Fact]
    public async Task Rows_over_time_become_series_by_their_texts()
    {
        var answer = await _host.QueryAsync(
            "SELECT $__timeGroupAlias(at, '1m'), host, sum(requests) AS requests FROM usage WHERE $__timeFilter(at) GROUP BY 1, 2", "time_series");
        var fields = answer.GetProperty("frames")[0].GetProperty("schema").GetProperty("fields");
        fields.EnumerateArray().Skip(1).Select(static f => f.GetProperty("labels").GetProperty("host").GetString()).ShouldBe(["a", "b"], ignoreOrder: true);
        var (types, values) = Read(answer);
        types.ShouldBe(["time time", "requests number", "requests number"]);
        values[0].ShouldBe(["0", "60000", "240000"]);
        values.Skip(1).Select(static column => string.Join(',', column)).ShouldBe(["10,20,40", "null,30,null"], ignoreOrder: true);
    }

    [Theory]
    [InlineData("0", "10,50,0,0,40")]
    [InlineData("NULL", "10,50,null,null,40")]
    [InlineData("previous", "10,50,50,50,40")]
    public async Task Steps_without_rows_are_filled(string fill, string expected)
    {
        var answer = await _host.QueryAsync(
            $"SELECT $__timeGroupAlias(at, 1m, {fill}), 'all' AS metric, sum(requests) AS value FROM usage GROUP BY 1", "time_series", from: 0, to: 299_000);
        var (types, values) = Read(answer);
        types.ShouldBe(["time time", "all number"]);
        string.Join(',', values[1]).ShouldBe(expected);
        values[0].Count.ShouldBe(5);
    }

    [Fact]
    public async Task Rows_beyond_the_limit_are_left_out_and_told_of()
    {
        var answer = await _host.QueryAsync("SELECT i FROM generate_series(1, 5000) i");
        var (_, values) = Read(answer);
        values[0].Count.ShouldBe(100);
        var notice = answer.GetProperty("frames")[0].GetProperty("schema").GetProperty("meta").GetProperty("notices")[0].GetProperty("text").GetString();
        notice.ShouldBe("There are more than 100 rows; the others were left out.");
        Read(await _host.QueryAsync("SELECT i FROM generate_series(1, 100) i")).Values[0].Count.ShouldBe(100);
    }

    [Fact]
    public async Task More_rows_than_are_fetched_at_once_are_all_there()
    {
        await using var host = await StartAsync(new DataSourceLimits(TimeSpan.FromMinutes(1), 8 * 1024 * 1024, 10_000));
        Read(await host.QueryAsync("SELECT i FROM generate_series(1, 3456) i")).Values[0].ShouldBe(Enumerable.Range(1, 3456).Select(static i => $"{i}"));
    }

    [Fact]
    public async Task An_answer_that_takes_too_much_memory_is_refused()
    {
        (await ErrorAsync("SELECT repeat('x', 6000000)")).ShouldContain("more than 8388608 bytes of memory");
        (await ErrorAsync("SELECT repeat('x', 500000) FROM generate_series(1, 50)")).ShouldContain("bytes of memory");
        Read(await _host.QueryAsync("SELECT 1")).Values.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("DELETE FROM usage RETURNING host", "syntax error")]
    [InlineData("COMMIT", "syntax error")]
    [InlineData("SELECT 1; DELETE FROM usage", "cannot insert multiple commands")]
    [InlineData("SELECT 1; COMMIT; DELETE FROM usage", "cannot insert multiple commands")]
    [InlineData("WITH gone AS (DELETE FROM usage RETURNING *) SELECT * FROM gone", "must not contain data-modifying statements")]
    [InlineData("SELECT * INTO copied FROM usage", "not allowed")]
    [InlineData("SELECT nextval('numbers')", "read-only transaction")]
    [InlineData("SELECT set_config('transaction_read_only', 'off', false)", "must be set before any query")]
    [InlineData("SELECT wrong FROM usage", "SQLSTATE 42703) at line 1, col 8")]
    [InlineData("SELECT\n  wrong\nFROM usage", "at line 2, col 3")]
    [InlineData("SELECT $__what(at)", "unknown macro $__what")]
    public async Task Nothing_but_a_query_is_run(string sql, string reason)
    {
        await _postgres.ExecuteAsync(_options.Database, "CREATE SEQUENCE IF NOT EXISTS numbers");
        (await ErrorAsync(sql)).ShouldContain(reason);
        (await _postgres.ExecuteAsync(_options.Database, "SELECT count(*) FROM usage")).ShouldBe(4L);
    }

    [Fact]
    public async Task What_a_query_sets_does_not_outlive_it()
    {
        await _host.QueryAsync("SELECT set_config('default_transaction_read_only', 'off', false), set_config('DateStyle', 'German', false)");
        Read(await _host.QueryAsync("SELECT date '2026-01-02' AS d")).Values[0].ShouldBe(["1767312000000"]);
    }

    [Fact]
    public async Task A_query_that_takes_too_long_is_ended_by_the_server()
    {
        await using var host = await StartAsync(new DataSourceLimits(TimeSpan.FromSeconds(1), 1024 * 1024, 10));
        (await host.QueryAsync("SELECT pg_sleep(600)")).GetProperty("error").GetString().ShouldBe("the data source Usage did not answer within 1 s");
    }

    [Fact]
    public async Task A_client_that_goes_away_ends_its_query()
    {
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var set = new DataSourceSet([Source(_options.Password)], new DataSourceLimits(TimeSpan.FromMinutes(5), 1024, 10), TimeProvider.System);
        await using var closing = set;
        using var room = set.NewAnswerRoom();
        var asking = set.ReaderOf(set.All[0]).ReadAsync("SELECT pg_sleep(600)", room, leave.Token);
        await WaitForSleepersAsync(1);
        await leave.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(asking);
        await WaitForSleepersAsync(0);
    }

    [Fact]
    public async Task Series_need_times_and_numbers()
    {
        (await ErrorAsync("SELECT host FROM usage", "time_series")).ShouldContain("no column has times");
        (await ErrorAsync("SELECT at, host FROM usage", "time_series")).ShouldContain("no column has numbers");
    }

    [Fact]
    public async Task One_query_that_fails_takes_no_other_along()
    {
        var (status, body, _) = await _host.SendAsync(
            "POST", "/ds/query",
            """
            {"from":"now-1h","to":"now","queries":[{"refId":"A","datasource":{"uid":"pg"},"rawSql":"SELECT 1 AS x","format":"table"},
             {"refId":"B","datasource":{"uid":"nobody"},"rawSql":"SELECT 1"}]}
            """);
        status.ShouldBe(400);
        var results = JsonDocument.Parse(body).RootElement.GetProperty("results");
        results.GetProperty("A").GetProperty("frames").GetArrayLength().ShouldBe(1);
        results.GetProperty("B").GetProperty("error").GetString().ShouldBe("there is no data source nobody");
    }

    [Theory]
    [InlineData("""{"queries":[]}""", "1 to 20")]
    [InlineData("""{"from":"soon","queries":[{}]}""", "from has to be")]
    [InlineData("""{"from":"2","to":"1","queries":[{}]}""", "from is after to")]
    [InlineData("""{"queries":[{"refId":"A"},{"refId":"A"}]}""", "same refId")]
    public async Task A_bad_request_is_told_why(string request, string reason)
    {
        var (status, body, _) = await _host.SendAsync("POST", "/ds/query", request);
        status.ShouldBe(400);
        body.ShouldContain(reason);
    }

    [Fact]
    public async Task A_wrong_password_is_told_without_it()
    {
        await using var host = await DataSourceHost.StartAsync(_ => [Source("not this one")]);
        var error = (await host.QueryAsync("SELECT 1")).GetProperty("error").GetString()!;
        error.ShouldContain("password authentication failed");
        error.ShouldNotContain("not this one");
        var (status, body, _) = await host.SendAsync("GET", "/datasources/uid/pg/health");
        (status, body.Contains("password authentication failed", StringComparison.Ordinal)).ShouldBe((400, true));
        (await _host.SendAsync("GET", "/datasources/uid/pg/health")).Status.ShouldBe(200);
    }

    private async Task WaitForSleepersAsync(long count)
    {
        while ((long)(await _postgres.ExecuteAsync(
            _options.Database, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query LIKE 'FETCH%'"))! != count)
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    private async Task<string> ErrorAsync(string sql, string format = "table") => (await _host.QueryAsync(sql, format)).GetProperty("error").GetString()!;

    private Task<DataSourceHost> StartAsync(DataSourceLimits limits) => DataSourceHost.StartAsync(_ => [Source(_options.Password)], limits);

    private DataSource Source(string? password) => new()
    {
        Uid = "pg",
        Name = "Usage",
        Kind = DataSourceKind.Postgres,
        Postgres = new PostgresPlace { Host = _options.Host, Port = _options.Port, Database = _options.Database, User = _options.User, Password = password },
    };

    private static (List<string> Types, List<List<string>> Values) Read(JsonElement answer)
    {
        answer.TryGetProperty("error", out var error).ShouldBeFalse(error.ToString());
        var frame = answer.GetProperty("frames")[0];
        var types = frame.GetProperty("schema").GetProperty("fields").EnumerateArray()
            .Select(static field => $"{field.GetProperty("name").GetString()} {field.GetProperty("type").GetString()}");
        var values = frame.GetProperty("data").GetProperty("values").EnumerateArray()
            .Select(static column => column.EnumerateArray().Select(static value => value.GetRawText()).ToList());
        return ([.. types], [.. values]);
    }
}
