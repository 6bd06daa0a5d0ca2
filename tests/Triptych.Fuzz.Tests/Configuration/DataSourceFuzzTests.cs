using System.Text;
using Triptych.Api.DataSources;
using Triptych.Api.DataSources.Sql;
using Triptych.Server.DataSources;

namespace Triptych.Fuzz.Tests.Configuration;

/// <summary>Whatever files of data sources, SQL with macros and paths to pass on hold: they are taken, or refused with a reason.</summary>
public sealed class DataSourceFuzzTests
{
    private static readonly byte[][] Files =
    [
        Encoding.UTF8.GetBytes(
            """
            apiVersion: 1
            datasources:
              - {name: a, uid: a, type: prometheus, url: 'http://x/y', basicAuth: true, basicAuthUser: $U, secureJsonData: {basicAuthPassword: '$__file{/p}'}}
              - name: b
                type: postgres
                url: "[::1]:5432"
                user: u$$
                database: ${D}
                jsonData: {sslmode: require, httpHeaderName1: X-A}
            """),
    ];

    private static readonly byte[][] Sql =
    [
        "SELECT $__timeGroupAlias(f(at, 'x)'), '5m', previous), $__interval FROM t WHERE $__timeFilter(\"a\")"u8.ToArray(),
        "SELECT 1 FROM t WHERE $__unixEpochFilter(b) AND c > $__timeFrom() AND d < $__timeTo()"u8.ToArray(),
        "SELECT $__time(a), $__unixEpochGroup(b, 1h30m, NULL), $__unixEpochNanoFilter($__timeGroup(c, 1d, 0)) -- $__x( "u8.ToArray(),
    ];

    private static readonly byte[][] Paths =
    [
        "api/v1/label/__name__/values"u8.ToArray(), "api/v1/label/a%2f%252e%252e%5c..%00b/values"u8.ToArray(),
        "api/v2/search/tag/span.a%2Fb/values"u8.ToArray(),
    ];

    [Fact]
    public void Files_of_data_sources() => FuzzRun.Each(Files, static bytes =>
    {
        try
        {
            // No variable and no file: what a file names must not be read from this machine.
            var text = Encoding.UTF8.GetString(bytes).Replace("$__file", "$", StringComparison.Ordinal);
            foreach (var one in ProvisionedDataSources.Read(text, static name => name, static reason => reason.ShouldNotBeNullOrEmpty()))
                (one.Url is not null || one.Postgres is not null).ShouldBeTrue();
        }
        catch (InvalidDataException e)
        {
            e.Message.ShouldNotBeNullOrEmpty();
        }
    });

    [Fact]
    public void Macros_of_SQL() => FuzzRun.Each(Sql, static bytes =>
    {
        var (sql, _, problem) = SqlMacros.Expand(Encoding.UTF8.GetString(bytes), new SqlRange(0, 253_402_300_799_999, 1));
        (sql is null).ShouldBe(problem is not null);
    });

    [Fact]
    public void Paths_that_pass_never_lead_up() => FuzzRun.Each(Paths, static bytes =>
    {
        var path = Encoding.Latin1.GetString(bytes);
        foreach (var kind in Enum.GetValues<DataSourceKind>())
        {
            if (ProxyPaths.FindProblem(kind, "GET", path) is not null) continue;
            new Uri("http://host/prefix/" + path).AbsolutePath.ShouldStartWith("/prefix/");
        }
    });
}
