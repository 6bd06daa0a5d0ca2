using System.Collections;
using System.Net;
using Triptych.Server.Configuration;

namespace Triptych.Server.Tests.Configuration;

public sealed class ConfigLoaderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("triptych-config-tests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_section_with_a_mode_may_be_written_as_the_mode_alone()
    {
        LoadGood("auth: none\nlisten:\n  address: 0.0.0.0\n").Auth.Mode.ShouldBe(AuthMode.None);
    }

    [Fact]
    public void Without_a_file_the_defaults_hold()
    {
        var (config, problems) = ConfigLoader.Load(null, NoVariables());
        problems.ShouldBeEmpty();
        config.Listen.Address.ShouldBe(IPAddress.Loopback);
        new[]
        {
            config.Listen.UiPort, config.Listen.PrometheusPort, config.Listen.LokiPort, config.Listen.TempoPort, config.Listen.OtlpGrpcPort,
            config.Listen.OtlpHttpPort,
        }.ShouldBe([3000, 9090, 3100, 3200, 4317, 4318]);
        config.Ingest.MaxBytesInFlight.ShouldBe(ByteSize.MiB(64));
        config.Ingest.MaxAge.ShouldBe(TimeSpan.FromHours(24));
        config.Auth.Mode.ShouldBe(AuthMode.Auto);
        config.Global.ScrapeInterval.ShouldBe(TimeSpan.FromSeconds(15));
        config.ScrapeSelf.ShouldBeTrue();
    }

    [Theory]
    [InlineData("")]
    [InlineData("# only a comment\n")]
    [InlineData("---\n")]
    [InlineData("listen:\nscrape_configs:\nauth:\n  token:\n")]
    public void A_file_that_sets_nothing_leaves_the_defaults(string yaml)
    {
        var config = LoadGood(yaml);
        config.Listen.UiPort.ShouldBe(3000);
        config.Auth.Token.ShouldBeNull();
        config.ScrapeConfigs.ShouldBeEmpty();
    }

    [Fact]
    public void The_file_goes_over_the_defaults_and_the_environment_over_the_file()
    {
        var variables = new Hashtable
        {
            ["TRIPTYCH_LISTEN_LOKI_PORT"] = "7001",
            ["TRIPTYCH_INGEST_MAX_BODY_SIZE"] = "5MB",
            ["TRIPTYCH_DIAGNOSTICS_FORMAT"] = "json",
        };
        var (config, problems) = Load(
            """
            data_dir: /srv/data
            listen: { address: localhost, loki_port: 7000, tempo_port: 0 }
            ingest: { max_body_size: 8MiB, max_age: 1h30m }
            tail:
              - pm2: ~/.pm2/logs
                labels: { env: prod }
            """, variables);
        problems.ShouldBeEmpty();
        config.DataDir.ShouldBe("/srv/data");
        config.Listen.LokiPort.ShouldBe(7001);
        config.Listen.TempoPort.ShouldBe(0);
        config.Listen.UiPort.ShouldBe(3000);
        config.Ingest.MaxBodySize.Bytes.ShouldBe(5_000_000);
        config.Ingest.MaxAge.ShouldBe(TimeSpan.FromMinutes(90));
        config.Diagnostics.Format.ShouldBe(DiagnosticsFormat.Json);
        config.Tail.ShouldHaveSingleItem().Labels.ShouldContainKeyAndValue("env", "prod");
    }

    [Theory]
    [InlineData("listen:\n  prot: 1\n", 2, 3, "\"prot\"")]
    [InlineData("nonsense: 1\n", 1, 1, "\"nonsense\"")]
    [InlineData("listen:\n  ui_port: abc\n", 2, 12, "\"listen.ui_port\"", "whole number")]
    [InlineData("listen:\n  ui_port: [1]\n", 2, 12, "\"listen.ui_port\"", "whole number")]
    [InlineData("listen:\n  address: example.com\n", 2, 12, "\"listen.address\"", "IP address")]
    [InlineData("ingest:\n  max_age: 5 minutes\n", 2, 12, "\"ingest.max_age\"", "duration")]
    [InlineData("ingest:\n  max_body_size: 5 lots\n", 2, 18, "\"ingest.max_body_size\"", "size")]
    [InlineData("auth:\n  mode: off\n", 2, 9, "\"auth.mode\"", "auto, none, required")]
    [InlineData("scrape_self: maybe\n", 1, 14, "\"scrape_self\"", "true or false")]
    [InlineData("scrape_configs: {}\n", 1, 17, "\"scrape_configs\"", "list")]
    [InlineData("listen:\n  - 1\n", 2, 3, "\"listen\"", "map")]
    [InlineData("listen: 5\n", 1, 9, "\"listen\"", "map")]
    [InlineData("- a\n", 1, 1, "map of options")]
    [InlineData("scrape_configs:\n  - job_name: a\n    static_configs:\n      - targets: [a]\n        labels: [b]\n", 5, 17, "labels\"", "map")]
    [InlineData("data_dir: a\n---\ndata_dir: b\n", 3, 1, "second document")]
    [InlineData("data_dir: a\ndata_dir: b\n", 2, 1, "data_dir")]
    [InlineData("listen: { ui_port: 1\n", 2, 1, "")]
    [InlineData("listen:\n\tui_port: 1\n", 2, 1, "")]
    public void A_value_that_cannot_be_read_is_a_problem_with_its_place(string yaml, int line, int column, params string[] texts)
    {
        var (_, problems) = Load(yaml, NoVariables());
        problems.ShouldNotBeEmpty();
        problems[0].ToString().ShouldStartWith($"{File}:{line}:{column}: ");
        problems[0].ToString().ShouldNotContain('\n');
        foreach (var text in texts) problems[0].Message.ShouldContain(text);
    }

    [Theory]
    [InlineData("listen:\n  ui_port: 70000\n", 2, "listen.ui_port")]
    [InlineData("listen:\n  ui_port: 1\n  loki_port: 1\n", 3, "listen.ui_port and listen.loki_port")]
    [InlineData("listen:\n  address: 0.0.0.0\n", 2, "auth.mode: none")]
    [InlineData("auth:\n  mode: required\n", 2, "auth.token")]
    [InlineData("auth:\n  token: ''\n", 2, "auth.token is empty")]
    [InlineData("auth:\n  username: u\n", 2, "auth.password")]
    [InlineData("auth:\n  password: p\n", 2, "auth.username")]
    [InlineData("auth:\n  username: u\n  password: ''\n", 3, "auth.password is empty")]
    [InlineData("ingest:\n  max_bytes_in_flight: 0\n", 2, "ingest.max_bytes_in_flight")]
    [InlineData("ingest:\n  max_body_size: 33MiB\n", 2, "ingest.max_bytes_in_flight")]
    [InlineData("query:\n  max_concurrent: 0\n", 2, "query.max_concurrent")]
    [InlineData("host:\n  interval: 0s\n", 2, "host.interval")]
    [InlineData("data_dir: ''\n", 1, "data_dir")]
    [InlineData("scrape_configs:\n  - static_configs: []\n", 2, "job_name")]
    [InlineData("scrape_configs:\n  - job_name: a\n  - job_name: a\n", 3, "\"a\" is there twice")]
    [InlineData("scrape_configs:\n  - job_name: a\n    scheme: ftp\n", 3, "\"ftp\"")]
    [InlineData("scrape_configs:\n  - job_name: a\n    scrape_interval: 5s\n    scrape_timeout: 6s\n", 4, "scrape_timeout")]
    [InlineData("tail:\n  - labels: {}\n", 2, "tail[0]")]
    public void Options_that_do_not_go_together_are_a_problem_with_a_line(string yaml, int line, string text)
    {
        var (_, problems) = Load(yaml, NoVariables());
        problems.ShouldContain(p => p.Line == line && p.Message.Contains(text, StringComparison.Ordinal), string.Join('\n', problems));
    }

    [Fact]
    public void All_problems_are_told_at_once()
    {
        var (_, problems) = Load("a: 1\nlisten:\n  b: 2\n  ui_port: x\n", NoVariables());
        problems.Select(p => p.Line).ShouldBe([1, 3, 4]);
    }

    [Fact]
    public void A_wrong_variable_is_named()
    {
        var (_, problems) = ConfigLoader.Load(null, new Hashtable { ["TRIPTYCH_LISTEN_UI_PORT"] = "many", ["TRIPTYCH_AUTH_TOKEN"] = "" });
        problems.Select(p => p.ToString()).ShouldBe(
            ["environment variable TRIPTYCH_LISTEN_UI_PORT: \"many\" is not a whole number", "environment variable TRIPTYCH_AUTH_TOKEN: auth.token is empty"]);
    }

    [Fact]
    public void A_variable_that_is_no_option_is_named_and_its_value_is_not()
    {
        var (_, problems) = ConfigLoader.Load(
            null,
            new Hashtable
            {
                ["TRIPTYCH_LISTEN_NONSENSE"] = "s3cret",
                ["TRIPTYCH_AUTH_TOKN"] = "s3cret",
                ["TRIPTYCH_LISTEN_ALLOWED_HOSTS"] = "a",
                ["TRIPTYCH_"] = "",
                ["TRIPTYCH_UI_PORT"] = "80",
                ["TRIPTYCHX"] = "",
                ["PATH"] = "/bin",
                ["TRIPTYCH_LISTEN_UI_PORT"] = "80",
            });
        problems.Select(p => p.Source).ShouldBe(
        [
            "environment variable TRIPTYCH_", "environment variable TRIPTYCH_AUTH_TOKN", "environment variable TRIPTYCH_LISTEN_ALLOWED_HOSTS",
            "environment variable TRIPTYCH_LISTEN_NONSENSE", "environment variable TRIPTYCH_UI_PORT",
        ]);
        problems.ShouldAllBe(p => p.Message.StartsWith("is no option") && !p.Message.Contains("s3cret"));
    }

    [Theory]
    [InlineData("TRIPTYCH_TEST_LONG", "1")]
    [InlineData("TRIPTYCH_BENCH_DIR", "/x")]
    [InlineData("TRIPTYCH_UI_DIR", "/x")]
    [InlineData("TRIPTYCH_SERVER", "/x")]
    [InlineData("TRIPTYCH_UPDATE_EXPECTATIONS", "1")]
    [InlineData("TRIPTYCH_WRITE_GOLDEN", "1")]
    [InlineData("TRIPTYCH_PORT", "tcp://10.0.0.1:3000")]
    [InlineData("TRIPTYCH_SERVICE_HOST", "10.0.0.1")]
    [InlineData("TRIPTYCH_SERVICE_PORT_OTLP_GRPC", "4317")]
    [InlineData("TRIPTYCH_PORT_3000_TCP_ADDR", "10.0.0.1")]
    [InlineData("TRIPTYCH_PEER_PORT_3000_TCP", "tcp://10.0.0.1:3000")]
    public void A_variable_of_the_project_itself_or_of_a_service_by_its_name_is_let_be(string name, string value) =>
        ConfigLoader.Load(null, new Hashtable { [name] = value }).Problems.ShouldBeEmpty();

    [Fact]
    public void A_pasted_Prometheus_file_loads()
    {
        var config = LoadGood(
            """
            # my global config
            global:
              scrape_interval: 30s # Set the scrape interval to every 30 seconds. Default is every 1 minute.
              evaluation_interval: 30s
              # scrape_timeout is set to the global default (10s).
            scrape_configs:
              - job_name: "prometheus"
                # metrics_path defaults to '/metrics'
                static_configs:
                  - targets: ["localhost:9090", 'localhost:9100']
                    labels:
                      app: "prometheus"
              - job_name: shop
                scrape_interval: 5s
                scrape_timeout: 2s
                metrics_path: /m
                scheme: https
                honor_labels: true
                params: { module: [http_2xx] }
                basic_auth: { username: u, password_file: /etc/p }
                static_configs:
                - targets:
                  - shop:80
            """);
        config.Global.ScrapeInterval.ShouldBe(TimeSpan.FromSeconds(30));
        config.ScrapeConfigs.Count.ShouldBe(2);
        config.ScrapeConfigs[0].StaticConfigs.ShouldHaveSingleItem().Targets.ShouldBe(["localhost:9090", "localhost:9100"]);
        config.ScrapeConfigs[0].StaticConfigs[0].Labels["app"].ShouldBe("prometheus");
        var shop = config.ScrapeConfigs[1];
        (shop.MetricsPath, shop.Scheme, shop.HonorLabels, shop.ScrapeInterval).ShouldBe(("/m", "https", true, TimeSpan.FromSeconds(5)));
        shop.Params["module"].ShouldBe(["http_2xx"]);
        shop.BasicAuth!.PasswordFile.ShouldBe("/etc/p");
    }

    [Theory]
    [InlineData("kubernetes_sd_configs")]
    [InlineData("relabel_configs")]
    [InlineData("tls_config")]
    public void A_key_of_Prometheus_that_is_not_supported_is_refused_by_name(string key)
    {
        var (_, problems) = Load($"scrape_configs:\n  - job_name: a\n    {key}: []\n", NoVariables());
        var problem = problems.ShouldHaveSingleItem();
        (problem.Line, problem.Column).ShouldBe((3, 5));
        problem.Message.ShouldContain($"\"{key}\"");
        problem.Message.ShouldContain("static_configs");
    }

    [Theory]
    [InlineData("auth:\n  token: [s3cret]\n")]
    [InlineData("auth:\n  token: { a: s3cret }\n")]
    [InlineData("auth: s3cret\n")]
    [InlineData("auth:\n  - s3cret\n")]
    [InlineData("auth:\n  token: s3cret\n  mode: wrong\n  nothing: 1\n")]
    [InlineData("auth:\n  token: \"s3cret\n")]
    [InlineData("auth:\n  token: s3cret\n  token: s3cret\n")]
    [InlineData("auth:\n  password: s3cret\n")]
    [InlineData("auth:\n  tokn: s3cret\n")]
    [InlineData("auth:\n  token: @s3cret\n")]
    public void Secrets_never_appear_in_messages(string yaml)
    {
        var (_, problems) = Load(yaml, NoVariables());
        problems.ShouldNotBeEmpty();
        problems.ShouldAllBe(p => !p.ToString().Contains("s3cret", StringComparison.Ordinal));
    }

    [Fact]
    public void A_file_that_is_not_there_is_one_problem()
    {
        var (_, problems) = ConfigLoader.Load(Path.Combine(_folder, "none.yaml"), NoVariables());
        problems.ShouldHaveSingleItem().ToString().ShouldContain("none.yaml: cannot be read");
    }

    private string File => Path.Combine(_folder, "triptych.yaml");

    private static Hashtable NoVariables() => [];

    private ServerConfig LoadGood(string yaml)
    {
        var (config, problems) = Load(yaml, NoVariables());
        problems.ShouldBeEmpty();
        return config;
    }

    private (ServerConfig Config, IReadOnlyList<ConfigProblem> Problems) Load(string yaml, Hashtable variables)
    {
        System.IO.File.WriteAllText(File, yaml);
        return ConfigLoader.Load(File, variables);
    }
}
