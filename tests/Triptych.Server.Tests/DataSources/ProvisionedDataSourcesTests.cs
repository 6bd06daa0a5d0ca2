using Triptych.Api.DataSources;
using Triptych.Server.Configuration;
using Triptych.Server.DataSources;

namespace Triptych.Server.Tests.DataSources;

public sealed class ProvisionedDataSourcesTests
{
    private readonly List<string> _skipped = [];

    private IReadOnlyList<DataSource> Read(string entries) =>
        ProvisionedDataSources.Read("apiVersion: 1\ndatasources:\n" + entries, static name => name == "SECRET" ? "s3cret" : null, _skipped.Add);

    [Fact]
    public void A_server_of_Prometheus_has_its_headers_and_credentials()
    {
        var one = Read(
            """
              - name: Prod
                uid: prod
                type: prometheus
                access: proxy
                url: https://metrics.example/prometheus
                isDefault: true
                basicAuth: true
                basicAuthUser: reader
                jsonData: {timeInterval: 30s, httpHeaderName1: X-Scope-OrgID, tlsSkipVerify: true, httpMethod: POST}
                secureJsonData: {basicAuthPassword: $SECRET, httpHeaderValue1: 'team-$$1'}
            """).Single();
        _skipped.ShouldBeEmpty();
        (one.Uid, one.Name, one.Kind, one.IsDefault, one.TimeInterval, one.SkipsTlsVerification)
            .ShouldBe(("prod", "Prod", DataSourceKind.Prometheus, true, "30s", true));
        one.Url.ShouldBe(new Uri("https://metrics.example/prometheus"));
        one.Headers.ShouldBe(
            [KeyValuePair.Create("X-Scope-OrgID", "team-$1"), KeyValuePair.Create("Authorization", "Basic cmVhZGVyOnMzY3JldA==")]);
    }

    [Fact]
    public void PostgreSQL_is_reached_as_the_file_says()
    {
        var one = Read(
            """
              - {name: Usage, type: grafana-postgresql-datasource, url: 'db.example:5433', user: grafana, secureJsonData: {password: '${SECRET}'},
                 jsonData: {database: usage, sslmode: verify-full, sslRootCertFile: /ca.pem}}
            """).Single();
        _skipped.ShouldBeEmpty();
        one.Uid.ShouldBe(ProvisionedDataSources.UidOf("Usage"));
        one.Uid.ShouldMatch("^P[0-9A-F]{16}$");
        var place = one.Postgres!;
        (place.Host, place.Port, place.Database, place.User, place.Password, place.SslMode, place.RootCertificateFile)
            .ShouldBe(("db.example", 5433, "usage", "grafana", "s3cret", Npgsql.SslMode.VerifyFull, "/ca.pem"));
    }

    [Theory]
    [InlineData("{name: a, type: elasticsearch, url: 'http://x'}", "type elasticsearch is not supported")]
    [InlineData("{name: a, type: loki, url: 'http://x', access: direct}", "access direct is not supported")]
    [InlineData("{name: a, type: loki, url: 'file:///etc/passwd'}", "url has to be an http or https address")]
    [InlineData("{name: a, type: loki, url: 'http://user:word@x'}", "must not hold a user")]
    [InlineData("{name: a, type: loki, url: 'http://x', jsonData: {sigV4Auth: true}}", "sigV4Auth is not supported")]
    [InlineData("{name: a, type: loki, url: 'http://x', jsonData: {httpHeaderName1: Host}}", "Host cannot be set")]
    [InlineData("{name: a, type: loki, url: 'http://x', uid: 'a b'}", "uid \"a b\"")]
    [InlineData("{name: a, type: loki, url: 'http://$MISSING'}", "the environment variable MISSING is not set")]
    [InlineData("{name: a, type: loki, url: 'http://x', jsonData: {httpHeaderName1: A}, secureJsonData: {httpHeaderValue1: '$__file{/not/there}'}}", "cannot be read")]
    [InlineData("{name: a, type: postgres, url: '/var/run/postgresql', user: u, database: d}", "url has to be a host and a port")]
    [InlineData("{name: a, type: postgres, url: 'h', user: u}", "database is missing")]
    [InlineData("{name: a, type: postgres, url: 'h', user: u, database: d, jsonData: {sslmode: allow}}", "sslmode allow is not supported")]
    [InlineData("{type: loki, url: 'http://x'}", "it has no name")]
    [InlineData("{name: a, type: loki, url: 'http://x', uid: prometheus}", "uid prometheus is a built-in data source's")]
    [InlineData(
        "{name: a, type: loki, url: 'http://x', jsonData: {tlsAuthWithCACert: true}, secureJsonData: {tlsCACert: 'no PEM'}}",
        "tlsCACert holds no certificate in PEM")]
    [InlineData(
        "{name: a, type: loki, url: 'http://x', jsonData: {tlsAuthWithCACert: true}, "
        + "secureJsonData: {tlsCACert: \"-----BEGIN CERTIFICATE-----\\nMIIBAAAA\\n-----END CERTIFICATE-----\"}}",
        "tlsCACert holds a certificate that cannot be read")]
    public void What_cannot_be_used_is_named_and_takes_no_other_along(string entry, string reason)
    {
        Read($"  - {entry}\n  - {{name: good, type: tempo, url: 'http://tempo:3200'}}").Select(static one => one.Name).ShouldBe(["good"]);
        _skipped.ShouldHaveSingleItem().ShouldContain(reason);
    }

    [Theory]
    [InlineData("datasources: 3", "no list")]
    [InlineData("[", "no YAML")]
    public void A_file_that_is_no_list_says_why(string yaml, string reason) =>
        Should.Throw<InvalidDataException>(() => ProvisionedDataSources.Read(yaml, static _ => null, _skipped.Add)).Message.ShouldContain(reason);

    [Theory]
    [InlineData("db", "db", 5432)]
    [InlineData("db:6000", "db", 6000)]
    [InlineData("[::1]:6000", "[::1]", 6000)]
    [InlineData("postgres://db:1/", "db", 1)]
    public void A_place_of_PostgreSQL_is_a_host_and_a_port(string text, string host, int port) => DataSourceMaking.HostAndPort(text).ShouldBe((host, port));

    [Theory]
    [InlineData("/var/run/postgresql")]
    [InlineData("db:0")]
    [InlineData("db:x")]
    [InlineData("a,b")]
    [InlineData("::1")]
    [InlineData("db;Host=other")]
    [InlineData("")]
    public void What_is_no_place_of_PostgreSQL_is_refused(string text) => DataSourceMaking.HostAndPort(text).ShouldBeNull();

    [Theory]
    [InlineData("uid: 'a b', url: 'http://x'", "sources[0].uid")]
    [InlineData("uid: prometheus, url: 'http://x'", "sources[0].uid")]
    [InlineData("uid: a, url: 'ftp://x'", "sources[0].url")]
    [InlineData("uid: a, url: 'http://x', username: u, token: t", "sources[0].token")]
    [InlineData("uid: a, url: 'http://x', password: p", "sources[0].username")]
    [InlineData("uid: a, url: 'http://x', headers: {'a b': c}", "sources[0].headers")]
    [InlineData("uid: a, type: postgres, url: 'db', username: u", "sources[0].database")]
    [InlineData("uid: a, type: postgres, url: 'db', username: u, database: d, token: t", "sources[0].token")]
    public void What_the_configuration_says_wrong_has_its_place(string entry, string option)
    {
        var config = new ServerConfig();
        var binder = new ConfigBinder("test");
        binder.Bind($"data_sources:\n  sources:\n    - {{{entry}}}", config);
        binder.Problems.ShouldBeEmpty();
        config.DataSources.FindProblems().Select(static one => one.Path).ShouldContain("data_sources." + option);
    }

    [Fact]
    public void The_configuration_that_is_shown_has_no_secret()
    {
        var config = new ServerConfig();
        config.DataSources.Sources.Add(new DataSourceOptions { Uid = "a", Password = "hidden1", Token = "hidden2", Headers = { ["X-Key"] = "hidden3" } });
        ConfigText.Write(config).ShouldNotContain("hidden");
    }
}
